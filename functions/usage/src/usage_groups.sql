-- What was used by day, by user or by project, or by two of these, and what it comes to. Costs are rounded to the
-- millionth of a dollar so that those of the groups add up to the total's. As in `find_usage`, what others have paid for
-- costs null. A range too large for one answer is refused, because a part of a bill would be taken for all of it.
create function group_usage(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_with_cost boolean,
  p_by text[]
) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 10000;
  c_most_days constant integer := 100000;
  c_most_bytes constant integer := 5000000;
  -- A millionth of a dollar in the scale of the costs.
  c_unit constant numeric := app.billing_month_seconds() / 1000000;
  v_groups jsonb;
  v_totals jsonb;
begin
  -- Each day's projects are looked up: so many that it would take too long are not begun with.
  if 'project' = any (p_by) and (
    select count(*)
    from (select from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) limit c_most_days + 1) few
  ) > c_most_days then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more groups than one answer holds. Ask for fewer days.';
  end if;
  with grouped as materialized (
    select g.*, row_number() over (order by g.date desc, g.user_id, g.project) as place
    from (
      select
        case when 'day' = any (p_by) then u.date end as date,
        case when 'user' = any (p_by) then u.user_id end as user_id,
        u.project,
        sum(u.cpu_hours) as cpu_hours,
        sum(u.gpu_hours) as gpu_hours,
        sum(u.storage_gb_seconds) as storage_gb_seconds,
        sum(u.scaled_cost_usd) as scaled_cost_usd
      from find_usage_of_projects(p_user_id, p_of_account, p_start, p_end, p_viewer, 'project' = any (p_by)) u
      group by 1, 2, 3
      -- Where projects used all of it, nothing is left for none.
      having u.project is distinct from ''
        or (sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), coalesce(sum(u.scaled_cost_usd), 0))
          <> (0, 0, 0, 0)
      limit c_most + 1
    ) g
  ),
  total as (
    select
      sum(g.cpu_hours) as cpu_hours,
      sum(g.gpu_hours) as gpu_hours,
      sum(g.storage_gb_seconds) as storage_gb_seconds,
      -- Nothing used costs nothing.
      case when count(*) = 0 then 0 else sum(g.scaled_cost_usd) end as scaled_cost_usd
    from grouped g
  ),
  cost as (
    select c.units / 1000000 as usd, c.place
    from total t
    cross join unnest(apportion(
      (select array_agg(g.scaled_cost_usd order by g.place) from grouped g),
      c_unit,
      -- As `describe_used` rounds the total.
      round(t.scaled_cost_usd / app.billing_month_seconds(), 6) * 1000000
    )) with ordinality c (units, place)
  )
  select
    (
      select coalesce(
        jsonb_agg(
          case when 'day' = any (p_by) then jsonb_build_object('date', g.date) else '{}' end
          || case
            when 'user' = any (p_by) then jsonb_build_object('user_id', g.user_id, 'name', u.name, 'email', u.email)
            else '{}'
          end
          || case when 'project' = any (p_by) then jsonb_build_object('project', g.project) else '{}' end
          || describe_used(g.cpu_hours, g.gpu_hours, g.storage_gb_seconds, null, false)
          || jsonb_build_object('cost_usd', case when p_with_cost then trim_scale(c.usd)::text end)
          order by g.place
        ),
        '[]'
      )
      from grouped g
      join cost c on c.place = g.place
      left join lateral (select * from public.users where id = g.user_id limit 1) u
        on p_viewer is null or u.id = p_user_id or u.account_owner_id = p_user_id
    ),
    (
      select describe_used(t.cpu_hours, t.gpu_hours, t.storage_gb_seconds, t.scaled_cost_usd, p_with_cost)
      from total t
    )
  into v_groups, v_totals;
  if jsonb_array_length(v_groups) > c_most or octet_length(v_groups::text) > c_most_bytes then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more groups than one answer holds. Ask for fewer days.';
  end if;
  return jsonb_build_object('groups', v_groups, 'totals', v_totals);
end
$$;

-- The days that `find_usage` finds, if asked for by project: then what each project used of a day, and, without a project,
-- the day less that. So whatever is known of the projects, they add up to the day. What another system charged for a day is
-- no project's.
create function find_usage_of_projects(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_by_project boolean,
  out user_id text,
  out date date,
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
    select
      d.user_id,
      d.date,
      case when p_by_project then '' end,
      d.cpu_hours,
      d.gpu_hours,
      d.storage_gb_seconds,
      d.scaled_cost_usd
    from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) d;
  if p_by_project then
    return query
      with named as materialized (
        select
          d.user_id,
          d.date,
          k.project,
          k.cpu_hours,
          k.gpu_hours,
          k.storage_gb_seconds,
          -- Without a price nothing but what was charged is in the day.
          case when d.scaled_cost_usd is not null then coalesce(
            (k.cpu_hours * p.cpu_hour_usd + k.gpu_hours * p.gpu_hour_usd) * app.billing_month_seconds()
              + k.storage_gb_seconds * p.storage_gb_month_usd,
            0
          ) end as scaled_cost_usd
        from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) d
        cross join lateral (
          select cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd
          from public.usage_daily
          where user_id = d.user_id and date between d.date and d.date
          order by date
          limit 1
        ) p
        cross join lateral (
          select * from app.usage_daily_projects where user_id = d.user_id and date = d.date and project <> '' order by project
        ) k
      )
      select n.user_id, n.date, n.project, n.cpu_hours, n.gpu_hours, n.storage_gb_seconds, n.scaled_cost_usd
      from named n
      union all
      select n.user_id, n.date, '', -n.cpu_hours, -n.gpu_hours, -n.storage_gb_seconds, -n.scaled_cost_usd
      from named n;
  end if;
end
$$;
