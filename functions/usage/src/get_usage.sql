-- What was used from one day to another: by a user, day by day, or (`scope` = `account`) what her account
-- pays for, day by day and by member. Who belongs to the team now does not matter: each day's payer does.
--
-- A user sees herself, an owner also her account, an administrator anybody. What it costs is billing, which
-- members never see.
create or replace function app.get_usage(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_input jsonb := args -> 'input';
  v_of_account boolean := v_input ->> 'scope' = 'account';
  v_start date := v_input ->> 'start';
  v_end date := v_input ->> 'end';
  v_with_cost boolean := v_caller.is_admin or v_caller.account_owner_id is null;
  v_user_id text := case
    when v_of_account then app.require_account(v_caller, v_input ->> 'user_id')
    else app.require_visible(v_caller, v_input ->> 'user_id')
  end;
begin
  if (v_input ->> 'as_rows')::boolean then
    return jsonb_build_object('rows', app.list_usage_rows(v_user_id, v_of_account, v_start, v_end, v_with_cost));
  end if;
  return (
    with used as materialized (select * from app.find_usage(v_user_id, v_of_account, v_start, v_end)),
    day as (
      select
        u.date,
        app.describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.cost_usd_x2592000), v_with_cost) as sums
      from used u
      group by u.date
    ),
    member as (
      select
        u.user_id,
        app.describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.cost_usd_x2592000), v_with_cost) as sums
      from used u
      group by u.user_id
    )
    select jsonb_build_object(
      'user_id', v_user_id,
      'scope', v_input ->> 'scope',
      'start', v_start,
      'end', v_end,
      'days', (select coalesce(jsonb_agg(jsonb_build_object('date', d.date) || d.sums order by d.date desc), '[]') from day d),
      'members', (
        select jsonb_agg(jsonb_build_object('user_id', m.user_id, 'name', p.name, 'email', p.email) || m.sums order by m.user_id)
        from member m
        join public.users p on p.id = m.user_id
        where v_of_account
      ),
      'totals', (
        select app.describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.cost_usd_x2592000), v_with_cost)
        from used u
      )
    )
  );
end
$$;

-- The days of a user, or those that an account pays for.
create or replace function app.find_usage(p_user_id text, p_of_account boolean, p_start date, p_end date)
returns setof public.usage_daily
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_of_account then
    return query
      select d.* from public.usage_daily d where d.account_owner_id = p_user_id and d.date between p_start and p_end;
  else
    return query
      select d.* from public.usage_daily d where d.user_id = p_user_id and d.date between p_start and p_end;
  end if;
end
$$;

-- Sums as decimal strings. The cost is exact to the millionth of a dollar, and null for who must not see it.
create or replace function app.describe_used(
  p_cpu_hours numeric,
  p_gpu_hours numeric,
  p_storage_gb_seconds numeric,
  p_cost_usd_x2592000 numeric,
  p_with_cost boolean
) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'cpu_hours', trim_scale(coalesce(p_cpu_hours, 0))::text,
    'gpu_hours', trim_scale(coalesce(p_gpu_hours, 0))::text,
    'storage_gb_months', trim_scale(round(coalesce(p_storage_gb_seconds, 0) / 2592000, 6))::text,
    'cost_usd', case
      when p_with_cost then trim_scale(round(coalesce(p_cost_usd_x2592000, 0) / 2592000, 6))::text
    end
  )
$$;

-- One row for each day and user, latest first: for spreadsheets.
create or replace function app.list_usage_rows(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_with_cost boolean
) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most constant integer := 20000;
  v_rows jsonb[] := array(
    select jsonb_build_object('date', u.date, 'user_id', p.id, 'name', p.name, 'email', p.email)
      || app.describe_used(u.cpu_hours, u.gpu_hours, u.storage_gb_seconds, u.cost_usd_x2592000, p_with_cost)
    from app.find_usage(p_user_id, p_of_account, p_start, p_end) u
    join public.users p on p.id = u.user_id
    order by u.date desc, p.id
    limit c_most + 1
  );
begin
  if cardinality(v_rows) > c_most then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = format('start: there are more than %s rows. Ask for fewer days.', c_most);
  end if;
  return to_jsonb(v_rows);
end
$$;
