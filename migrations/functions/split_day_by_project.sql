-- Divides a day among its projects, as its readings say; of a month that was put away, as it was divided before. What these
-- do not explain, because it was taken over or was written by hand, belongs to no project, which is `''`: so the projects
-- always add up to the day.
create or replace function app.split_day_by_project(p_user_id text, p_date date) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_put_away boolean := p_date < (app.readings_kept_since() at time zone 'UTC')::date;
begin
  delete from app.usage_daily_projects
  where user_id = p_user_id and date = p_date and (project = '' or not v_is_put_away);
  insert into app.usage_daily_projects (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds)
  with read as materialized (
    select
      r.project,
      sum(r.cpu_hours) as cpu_hours,
      sum(r.gpu_hours) as gpu_hours,
      sum(r.storage_gb * extract(epoch from r.window_end - r.window_start)) as storage_gb_seconds
    from app.usage_readings r
    where r.user_id = p_user_id
      and r.window_start >= p_date::timestamp at time zone 'UTC'
      and r.window_start < (p_date + 1)::timestamp at time zone 'UTC'
    group by r.project
  ),
  named as (
    select cpu_hours, gpu_hours, storage_gb_seconds from read
    union all
    select cpu_hours, gpu_hours, storage_gb_seconds
    from app.usage_daily_projects
    where v_is_put_away and user_id = p_user_id and date = p_date
  ),
  part as (
    select * from read
    union all
    select
      '',
      d.cpu_hours - coalesce(sum(n.cpu_hours), 0),
      d.gpu_hours - coalesce(sum(n.gpu_hours), 0),
      d.storage_gb_seconds - coalesce(sum(n.storage_gb_seconds), 0)
    from public.usage_daily d
    left join named n on true
    where d.user_id = p_user_id and d.date = p_date
    group by d.id
  )
  select p_user_id, p_date, p.project, sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds)
  from part p
  group by p.project
  having p.project <> '' or (sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds)) <> (0, 0, 0);
end
$$;
