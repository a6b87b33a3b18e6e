-- More lines than these are no answer that a client could take.
create function most_statement_lines() returns integer
language plpgsql immutable
set search_path from current
as $$
begin
  return 10000;
end
$$;

-- Refuses a statement that is no answer that a client, or the gateway, could take. A part of it would be taken for all.
create function require_small_statement(p_lines integer, p_bytes integer) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_lines > most_statement_lines() or p_bytes > 5000000 then
    raise exception using
      errcode = 'AP400',
      message = 'statement_too_large',
      detail = 'month: the statement has more lines than one answer holds. GET /api/credits/transactions lists the entries '
        'page by page, and GET /api/usage says what was used.';
  end if;
end
$$;

-- What the days of a month that an account pays for come to, by who used it and by project, in cents that add up; and what
-- the ledger's charges of the month are beyond that. `p_charged` is what the ledger says, below zero. What another system
-- had charged is in none of both.
create function list_statement_usage(p_account_owner_id text, p_first_day date, p_charged numeric, p_viewer text)
returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  -- A cent in the scale of the costs.
  c_cent constant numeric := app.billing_month_seconds() / 100;
  v_used jsonb[];
  v_costs numeric[];
  v_cost numeric;
  -- What the lines are to add up to, in cents.
  v_cents numeric := 0::numeric;
begin
  select
    array_agg(
      jsonb_build_object(
        'user_id', u.user_id,
        'name', p.name,
        'email', p.email,
        'project', u.project,
        'cpu_hours', trim_scale(u.cpu_hours)::text,
        'gpu_hours', trim_scale(u.gpu_hours)::text,
        'storage_gb_months', trim_scale(round(u.storage_gb_seconds / app.billing_month_seconds(), 6))::text
      )
      order by u.user_id, u.project
    ),
    array_agg(u.scaled_cost_usd order by u.user_id, u.project),
    sum(u.scaled_cost_usd)
  into v_used, v_costs, v_cost
  from find_charged_usage(p_account_owner_id, p_first_day, (p_first_day + interval '1 month')::date - 1) u
  left join lateral (select * from public.users where id = u.user_id limit 1) p
    on p_viewer is null or p.id = p_account_owner_id or p.account_owner_id = p_account_owner_id;
  perform require_small_statement(cardinality(v_used), 0);
  if v_used is not null then
    v_cents := case
      -- The ledger charges the difference of rounded sums, which may be a cent more or less than the rounded difference.
      when abs(-p_charged * app.billing_month_seconds() - v_cost) <= c_cent then -p_charged
      else app.round_cost(v_cost)
    end * 100;
  end if;
  return jsonb_build_object(
    'usage', (
      select coalesce(
        jsonb_agg(l.line || jsonb_build_object('amount', round(-a.cents / 100, 2)::text) order by l.place),
        '[]'
      )
      from unnest(v_used) with ordinality l (line, place)
      join unnest(apportion(v_costs, c_cent, v_cents)) with ordinality a (cents, place) on a.place = l.place
    ),
    'usage_of_other_months', round(p_charged + v_cents / 100, 2)::text
  );
end
$$;

-- What an account's days were charged through the ledger, by user and project. What a day has beyond its projects is no
-- project's. Lines that used nothing are left out.
create function find_charged_usage(
  p_account_owner_id text,
  p_first_day date,
  p_last_day date,
  out user_id text,
  out project text,
  out cpu_hours numeric,
  out gpu_hours numeric,
  out storage_gb_seconds numeric,
  out scaled_cost_usd numeric
)
returns setof record
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
    with day as materialized (
      select *
      from public.usage_daily
      where account_owner_id = p_account_owner_id and date between p_first_day and p_last_day
      order by date
    ),
    named as materialized (
      select
        d.user_id,
        k.project,
        k.cpu_hours,
        k.gpu_hours,
        k.storage_gb_seconds,
        coalesce(
          (k.cpu_hours * d.cpu_hour_usd + k.gpu_hours * d.gpu_hour_usd) * app.billing_month_seconds()
            + k.storage_gb_seconds * d.storage_gb_month_usd,
          0
        ) as scaled_cost_usd
      from day d
      cross join lateral (
        select * from app.usage_daily_projects where user_id = d.user_id and date = d.date and project <> '' order by project
      ) k
    ),
    part as (
      select * from named
      union all
      select n.user_id, '', -n.cpu_hours, -n.gpu_hours, -n.storage_gb_seconds, -n.scaled_cost_usd from named n
      union all
      select
        d.user_id,
        '',
        d.cpu_hours - coalesce(d.charged_cpu_hours, 0),
        d.gpu_hours - coalesce(d.charged_gpu_hours, 0),
        d.storage_gb_seconds - coalesce(d.charged_storage_gb_seconds, 0),
        d.scaled_cost_usd - coalesce(d.charged_usd, 0) * app.billing_month_seconds()
      from day d
    )
    select p.user_id, p.project, sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds), sum(p.scaled_cost_usd)
    from part p
    group by p.user_id, p.project
    having (sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds), sum(p.scaled_cost_usd)) <> (0, 0, 0, 0);
end
$$;

-- A statement line by line, for spreadsheets.
create function list_statement_rows(p_statement jsonb) returns jsonb[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array[jsonb_build_object('line', 'opening_balance', 'balance', p_statement ->> 'opening_balance')]
    || array(
      select e.entry || jsonb_build_object('line', e.entry ->> 'kind')
      from jsonb_array_elements(p_statement -> 'entries') with ordinality e (entry, place)
      order by e.place
    )
    || array(
      select u.used || jsonb_build_object('line', 'usage')
      from jsonb_array_elements(p_statement -> 'usage') with ordinality u (used, place)
      order by u.place
    )
    || array[
      jsonb_build_object('line', 'usage_of_other_months', 'amount', p_statement ->> 'usage_of_other_months'),
      jsonb_build_object('line', 'closing_balance', 'balance', p_statement ->> 'closing_balance')
    ];
end
$$;
