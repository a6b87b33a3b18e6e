-- Divides all days up to one among their projects that have not been divided yet, as `split_day_by_project` does one. The
-- caller keeps others from writing these days.
create or replace procedure app.split_days(p_last date)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Readings of earlier days need not be read.
  v_first date := (
    select min(d.date)
    from public.usage_daily d
    where d.date <= p_last
      and (d.cpu_hours, d.gpu_hours, d.storage_gb_seconds) <> (0, 0, 0)
      and not exists (select from app.usage_daily_projects k where k.user_id = d.user_id and k.date = d.date)
  );
begin
  insert into app.usage_daily_projects (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds)
  with read as materialized (
    select
      r.user_id,
      (r.window_start at time zone 'UTC')::date as date,
      r.project,
      sum(r.cpu_hours) as cpu_hours,
      sum(r.gpu_hours) as gpu_hours,
      sum(r.storage_gb * extract(epoch from r.window_end - r.window_start)) as storage_gb_seconds
    from app.usage_readings r
    where r.window_start >= v_first::timestamp at time zone 'UTC'
      and r.window_start < (p_last + 1)::timestamp at time zone 'UTC'
    group by 1, 2, 3
  ),
  part as (
    select * from read
    union all
    select user_id, date, '', -cpu_hours, -gpu_hours, -storage_gb_seconds from read
    union all
    select user_id, date, '', cpu_hours, gpu_hours, storage_gb_seconds
    from public.usage_daily
    where date between v_first and p_last
  )
  select p.user_id, p.date, p.project, sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds)
  from part p
  join public.usage_daily d on d.user_id = p.user_id and d.date = p.date
  where not exists (
    select from app.usage_daily_projects k where k.user_id = p.user_id and k.date = p.date
  )
  group by p.user_id, p.date, p.project
  having p.project <> '' or (sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds)) <> (0, 0, 0);
end
$$;
