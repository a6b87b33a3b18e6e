-- Stores readings that have a payer and a price, changes their days by the difference to what was known, and answers
-- each reading's result and each account's change of credits. The caller holds the locks of the terms and of the
-- accounts.
create function store_readings(
  p_readings priced_reading[],
  p_client_id text,
  out results jsonb,
  out changes credit_change[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
begin
  with reading as materialized (
    select
      r.*,
      case
        when r.rejection is not null then 'rejected'
        when k.user_id is null then 'created'
        when (k.window_end, k.cpu_hours, k.gpu_hours, k.storage_gb)
          = (r.window_end, r.cpu_hours, r.gpu_hours, r.storage_gb) then 'unchanged'
        else 'revised'
      end as result,
      r.cpu_hours - coalesce(k.cpu_hours, 0) as more_cpu_hours,
      r.gpu_hours - coalesce(k.gpu_hours, 0) as more_gpu_hours,
      r.storage_gb * extract(epoch from r.window_end - r.window_start)
        - coalesce(k.storage_gb * extract(epoch from k.window_end - k.window_start), 0) as more_storage_gb_seconds
    from unnest(p_readings) r
    -- There is at most one row: `limit 1` makes the planner look it up by its index, however many readings there are.
    left join lateral (
      select *
      from app.usage_readings
      where user_id = r.user_id and window_start = r.window_start and source = r.source and project = r.project
      limit 1
    ) k on true
  ),
  stored as (
    insert into app.usage_readings as k (
      source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb, client_id
    )
    select
      r.source, r.user_id, r.project, r.window_start, r.window_end, r.cpu_hours, r.gpu_hours, r.storage_gb, p_client_id
    from reading r
    where r.result in ('created', 'revised')
    order by r.user_id, r.window_start, r.source, r.project
    on conflict (user_id, window_start, source, project) do update
    set window_end = excluded.window_end,
        cpu_hours = excluded.cpu_hours,
        gpu_hours = excluded.gpu_hours,
        storage_gb = excluded.storage_gb,
        client_id = excluded.client_id
  ),
  moved as materialized (
    select
      r.user_id,
      r.date,
      r.account_owner_id,
      r.rate_effective_on,
      r.cpu_hour_usd,
      r.gpu_hour_usd,
      r.storage_gb_month_usd,
      sum(r.more_cpu_hours) as cpu_hours,
      sum(r.more_gpu_hours) as gpu_hours,
      sum(r.more_storage_gb_seconds) as storage_gb_seconds
    from reading r
    where r.result in ('created', 'revised')
    group by 1, 2, 3, 4, 5, 6, 7
  ),
  known_day as (
    update public.usage_daily d
    set cpu_hours = d.cpu_hours + m.cpu_hours,
        gpu_hours = d.gpu_hours + m.gpu_hours,
        storage_gb_seconds = d.storage_gb_seconds + m.storage_gb_seconds,
        updated_at = app.now()
    from moved m
    where d.user_id = m.user_id and d.date = m.date
  ),
  new_day as (
    insert into public.usage_daily (
      user_id, date, account_owner_id, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd,
      cpu_hours, gpu_hours, storage_gb_seconds
    )
    select
      m.user_id, m.date, m.account_owner_id, m.rate_effective_on, m.cpu_hour_usd, m.gpu_hour_usd,
      m.storage_gb_month_usd, m.cpu_hours, m.gpu_hours, m.storage_gb_seconds
    from moved m
    left join lateral (
      select true as known from public.usage_daily where user_id = m.user_id and date = m.date limit 1
    ) d on true
    where d.known is null
  ),
  account as (
    select
      m.account_owner_id,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds,
      sum(
        (m.cpu_hours * m.cpu_hour_usd + m.gpu_hours * m.gpu_hour_usd) * app.billing_month_seconds()
          + m.storage_gb_seconds * m.storage_gb_month_usd
      ) as scaled_cost_usd,
      -- The days as the ledger's reference: one day, or first/last.
      case when min(m.date) = max(m.date) then min(m.date)::text else min(m.date) || '/' || max(m.date) end as days
    from moved m
    group by m.account_owner_id
  )
  select
    (
      select coalesce(
        jsonb_agg(jsonb_build_object('index', r.index, 'result', r.result, 'code', r.rejection) order by r.index), '[]'
      )
      from reading r
    ),
    (
      select array_agg(
        row(
          a.account_owner_id, 'usage', null, a.cpu_hours, a.gpu_hours, a.storage_gb_seconds, a.scaled_cost_usd,
          a.days, null, null, null, null, p_client_id
        )::credit_change
      )
      from account a
    )
  into results, changes;
end
$$;
