-- What was used from one day to another: by a user, day by day, or (`scope` = `account`) what an account pays for, day
-- by day and by member; or, with `group_by`, in parts that somebody chooses. An account's usage is what it paid for on each day, whoever belongs to the team now.
--
-- Users see their own usage, owners also that of their account, administrators everybody's. Costs are billing: members
-- never see them, and owners see those of the days that they pay for. What others have paid for costs null, and is in no
-- sum. Of members who have left, the owner sees the id.
create function get_usage(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_input jsonb := args -> 'input';
  v_of_account boolean := v_input ->> 'scope' = 'account';
  v_start date := v_input ->> 'start';
  v_end date := v_input ->> 'end';
  v_with_cost boolean := v_caller.is_admin or v_caller.account_owner_id is null;
  -- Null for an administrator.
  v_viewer text := case when not v_caller.is_admin then v_caller.id end;
  v_user_id text := case
    when v_of_account then require_account(v_caller, v_input ->> 'user_id')
    else require_visible(v_caller, v_input ->> 'user_id')
  end;
  v_by text[] := string_to_array(v_input ->> 'group_by', ',');
  v_grouped jsonb;
begin
  if v_by is not null then
    v_grouped := group_usage(v_user_id, v_of_account, v_start, v_end, v_viewer, v_with_cost, v_by);
    if (v_input ->> 'as_rows')::boolean then
      return jsonb_build_object('rows', v_grouped -> 'groups');
    end if;
    return jsonb_build_object(
      'user_id', v_user_id, 'scope', v_input ->> 'scope', 'start', v_start, 'end', v_end, 'days', '[]'::jsonb, 'members', null
    ) || v_grouped;
  end if;
  if (v_input ->> 'as_rows')::boolean then
    return jsonb_build_object('rows', list_usage_rows(v_user_id, v_of_account, v_start, v_end, v_viewer, v_with_cost));
  end if;
  return (
    with used as materialized (select * from find_usage(v_user_id, v_of_account, v_start, v_end, v_viewer)),
    day as (
      select
        u.date,
        describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.scaled_cost_usd), v_with_cost) as sums
      from used u
      group by u.date
    ),
    member as (
      select
        u.user_id,
        describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.scaled_cost_usd), v_with_cost) as sums
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
        left join lateral (select * from public.users where id = m.user_id limit 1) p
          on v_viewer is null or p.id = v_user_id or p.account_owner_id = v_user_id
        where v_of_account
      ),
      'totals', (
        select describe_used(
          sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds),
          -- Nothing used costs nothing.
          case when count(*) = 0 then 0 else sum(u.scaled_cost_usd) end,
          v_with_cost
        )
        from used u
      )
    )
  );
end
$$;

-- The days of a user, or those that an account pays for. Only the payer of a day sees its cost; for another viewer it
-- is null, because zero would look free. A null viewer sees all costs.
create function find_usage(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  out user_id text,
  out date date,
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
    select
      d.user_id, d.date, d.cpu_hours, d.gpu_hours, d.storage_gb_seconds,
      case when p_viewer is null or d.account_owner_id = p_viewer then d.scaled_cost_usd end
    -- One of the two runs, each by its index, which is the one that has this order.
    from (
      (
        select *
        from public.usage_daily
        where p_of_account and account_owner_id = p_user_id and date between p_start and p_end
        order by date
      )
      union all
      (
        select *
        from public.usage_daily
        where not p_of_account and user_id = p_user_id and date between p_start and p_end
        order by date
      )
    ) d;
end
$$;

-- Sums as decimal strings. The cost is exact to the millionth of a dollar; null stays null, and so does what viewers
-- must not see.
create function describe_used(
  p_cpu_hours numeric,
  p_gpu_hours numeric,
  p_storage_gb_seconds numeric,
  p_scaled_cost_usd numeric,
  p_with_cost boolean
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'cpu_hours', trim_scale(coalesce(p_cpu_hours, 0))::text,
    'gpu_hours', trim_scale(coalesce(p_gpu_hours, 0))::text,
    'storage_gb_months', trim_scale(round(coalesce(p_storage_gb_seconds, 0) / app.billing_month_seconds(), 6))::text,
    'cost_usd', case
      when p_with_cost then trim_scale(round(p_scaled_cost_usd / app.billing_month_seconds(), 6))::text
    end
  );
end
$$;

-- One row for each day and user, latest first, for spreadsheets. A range too large for one answer is refused, because a
-- part of a bill would be taken for all of it.
create function list_usage_rows(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_with_cost boolean
) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 10000;
  c_most_bytes constant integer := 5000000;
  v_rows jsonb[];
begin
  if (
    select count(*)
    from (select from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) limit c_most + 1) few
  ) <= c_most then
    v_rows := array(
      select jsonb_build_object('date', u.date, 'user_id', u.user_id, 'name', p.name, 'email', p.email)
        || describe_used(u.cpu_hours, u.gpu_hours, u.storage_gb_seconds, u.scaled_cost_usd, p_with_cost)
      from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) u
      left join lateral (select * from public.users where id = u.user_id limit 1) p
        on p_viewer is null or p.id = p_user_id or p.account_owner_id = p_user_id
      order by u.date desc, u.user_id
    );
  end if;
  if v_rows is null or octet_length(to_jsonb(v_rows)::text) > c_most_bytes then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more rows than one answer holds. Ask for fewer days.';
  end if;
  return to_jsonb(v_rows);
end
$$;
