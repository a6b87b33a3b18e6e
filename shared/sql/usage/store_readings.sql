-- Stores readings that have a payer and a price, changes their days, and the projects of these, by the difference to what
-- was known, and answers each reading's result and each account's change of credits. The caller holds the locks of the
-- terms and of the accounts.
--
-- Windows of one source, user and project do not overlap: a reading that would is rejected. One that was taken back,
-- with zeros for values, is in nobody's way. A window is compared with the next one that is stored: those that are stored
-- do not overlap, so there is no other that could be in the way.
--
-- Readings of the batch whose windows overlap each other, as they are stored or as they are to be, depend on each other:
-- nothing of them is stored yet, but they are answered as `waiting`, and of each whether it `begins` when those before it
-- have ended. `p_taken` has the keys of those of the batch that count already.
create function store_readings(
  p_readings priced_reading[],
  p_client_id text,
  p_taken text[],
  out results jsonb,
  out changes credit_change[],
  out waiting integer[],
  out begins boolean[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
  v_all_known boolean;
begin
  -- Tells the trigger of the days that their projects are written here.
  perform pg_catalog.set_config('app.writes_projects', 'on', true);
  with compared as (
    select
      r.*,
      k.window_end as known_end,
      k.cpu_hours as known_cpu_hours,
      k.gpu_hours as known_gpu_hours,
      k.storage_gb as known_storage_gb,
      x.window_start as other_start,
      x.window_end as other_end
    from unnest(p_readings) r
    -- There is at most one row: `limit 1` makes the planner look it up by its index, however many readings there are.
    left join lateral (
      select *, case when cpu_hours > 0 or gpu_hours > 0 or storage_gb > 0 then window_end end as held_until
      from app.usage_readings
      where user_id = r.user_id and window_start = r.window_start and source = r.source and project = r.project
      limit 1
    ) k on true
    -- The first window that ends after this one begins or, if this one is known, after it has ended so far.
    left join lateral (
      select o.window_start, o.window_end
      from app.usage_readings o
      where r.rejection is null
        and (k.held_until is null or k.held_until < r.window_end)
        -- By the index, and then by the names themselves.
        and hashtextextended(o.user_id, hashtextextended(o.source, hashtextextended(o.project, 0)))
          = hashtextextended(r.user_id, hashtextextended(r.source, hashtextextended(r.project, 0)))
        and (o.user_id, o.source, o.project) = (r.user_id, r.source, r.project)
        and o.window_end > coalesce(k.held_until, r.window_start)
        -- Windows lie within a day. So it is looked for in one partition, or two.
        and o.window_end <= r.window_start + interval '24 hours'
        and o.window_start > r.window_start - interval '24 hours'
        and o.window_start < r.window_start + interval '24 hours'
        and o.window_start <> r.window_start
        and (o.cpu_hours > 0 or o.gpu_hours > 0 or o.storage_gb > 0)
      order by o.window_end
      limit 1
    ) x on true
  ),
  surrounded as (
    select
      c.*,
      c.known_end is not null as is_known,
      -- When those before it end, as they were and as they are to be.
      max(greatest(c.window_end, c.known_end)) over earlier as earlier_end,
      lead(c.window_start) over earlier as next_start
    from compared c
    window earlier as (
      partition by c.user_id, c.source, c.project, c.rejection is null
      order by c.window_start, c.index
      rows between unbounded preceding and 1 preceding
    )
  ),
  reading as materialized (
    select
      s.*,
      case
        when s.rejection is not null then s.rejection
        when s.window_start < s.earlier_end or s.next_start < greatest(s.window_end, s.known_end, s.earlier_end) then 'waits'
        when s.is_known
          and (s.known_end, s.known_cpu_hours, s.known_gpu_hours, s.known_storage_gb)
            = (s.window_end, s.cpu_hours, s.gpu_hours, s.storage_gb) then 'unchanged'
        when p_taken <> '{}' and reading_key(s.source, s.user_id, s.project, s.window_start) = any (p_taken) then 'duplicate_in_batch'
        when s.other_start < s.window_end then 'window_overlaps'
        when s.is_known then 'revised'
        else 'created'
      end as outcome,
      s.cpu_hours - coalesce(s.known_cpu_hours, 0) as more_cpu_hours,
      s.gpu_hours - coalesce(s.known_gpu_hours, 0) as more_gpu_hours,
      s.storage_gb * extract(epoch from s.window_end - s.window_start)
        - coalesce(s.known_storage_gb * extract(epoch from s.known_end - s.window_start), 0) as more_storage_gb_seconds
    from surrounded s
  ),
  stored as (
    insert into app.usage_readings as k (
      source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb, client_id
    )
    select
      r.source, r.user_id, r.project, r.window_start, r.window_end, r.cpu_hours, r.gpu_hours, r.storage_gb, p_client_id
    from reading r
    where r.outcome in ('created', 'revised')
    order by r.user_id, r.window_start, r.source, r.project
    on conflict (user_id, window_start, source, project) do update
    set window_end = excluded.window_end,
        cpu_hours = excluded.cpu_hours,
        gpu_hours = excluded.gpu_hours,
        storage_gb = excluded.storage_gb,
        client_id = excluded.client_id
  ),
  moved_project as materialized (
    select
      r.user_id, r.date, r.project,
      r.account_owner_id, r.rate_effective_on, r.cpu_hour_usd, r.gpu_hour_usd, r.storage_gb_month_usd,
      sum(r.more_cpu_hours) as cpu_hours,
      sum(r.more_gpu_hours) as gpu_hours,
      sum(r.more_storage_gb_seconds) as storage_gb_seconds
    from reading r
    where r.outcome in ('created', 'revised')
    group by 1, 2, 3, 4, 5, 6, 7, 8
  ),
  moved as materialized (
    select
      m.user_id, m.date, m.account_owner_id, m.rate_effective_on, m.cpu_hour_usd, m.gpu_hour_usd, m.storage_gb_month_usd,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds
    from moved_project m
    group by 1, 2, 3, 4, 5, 6, 7
  ),
  -- Where each day is stored, looked up by the index, one after the other. The update finds it there again: joined by user
  -- and date, a plan that was made while the table was empty would read all days for each of the batch.
  day as materialized (
    select m.*, k.place
    from moved m
    left join lateral (
      select ctid as place
      from public.usage_daily
      where user_id = m.user_id and date between m.date and m.date
      order by date
      limit 1
    ) k on true
  ),
  known_day as (
    update public.usage_daily d
    set cpu_hours = d.cpu_hours + m.cpu_hours,
        gpu_hours = d.gpu_hours + m.gpu_hours,
        storage_gb_seconds = d.storage_gb_seconds + m.storage_gb_seconds,
        -- A day that was taken over gets a price with its first reading.
        rate_effective_on = m.rate_effective_on,
        cpu_hour_usd = m.cpu_hour_usd,
        gpu_hour_usd = m.gpu_hour_usd,
        storage_gb_month_usd = m.storage_gb_month_usd,
        updated_at = app.now()
    from day m
    where d.ctid = m.place
    returning true
  ),
  new_day as (
    insert into public.usage_daily (
      user_id, date, account_owner_id, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd,
      cpu_hours, gpu_hours, storage_gb_seconds
    )
    select
      m.user_id, m.date, m.account_owner_id, m.rate_effective_on, m.cpu_hour_usd, m.gpu_hour_usd,
      m.storage_gb_month_usd, m.cpu_hours, m.gpu_hours, m.storage_gb_seconds
    from day m
    where m.place is null
  ),
  -- The projects of each day.
  moved_projects as (
    insert into app.usage_daily_projects as p (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds)
    select m.user_id, m.date, m.project, m.cpu_hours, m.gpu_hours, m.storage_gb_seconds
    from moved_project m
    on conflict (user_id, date, project) do update
    set cpu_hours = p.cpu_hours + excluded.cpu_hours,
        gpu_hours = p.gpu_hours + excluded.gpu_hours,
        storage_gb_seconds = p.storage_gb_seconds + excluded.storage_gb_seconds
  ),
  account as (
    select
      m.account_owner_id,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds,
      sum(k.scaled_cost_usd) as scaled_cost_usd,
      sum(k.scaled_cost_usd) filter (where m.date >= v_month) as month_scaled_cost_usd,
      -- The days as the ledger's reference: one day, or first/last.
      case when min(m.date) = max(m.date) then min(m.date)::text else min(m.date) || '/' || max(m.date) end as days
    from moved m
    cross join lateral (
      select (m.cpu_hours * m.cpu_hour_usd + m.gpu_hours * m.gpu_hour_usd) * app.billing_month_seconds()
        + m.storage_gb_seconds * m.storage_gb_month_usd as scaled_cost_usd
    ) k
    group by m.account_owner_id
  )
  select
    (
      select coalesce(
        jsonb_agg(
          case
            when r.outcome in ('created', 'unchanged', 'revised') then jsonb_build_object('index', r.index, 'result', r.outcome)
            else jsonb_build_object(
              'index', r.index,
              'result', 'rejected',
              'code', r.outcome,
              'overlaps', case
                when r.outcome = 'window_overlaps' then
                  jsonb_build_object('window_start', r.other_start, 'window_end', r.other_end)
              end,
              'charged_until', case
                when r.outcome = 'day_taken_over' then (
                  select d.charged_until
                  from public.usage_daily d
                  where d.user_id = r.user_id and d.date between r.date and r.date
                  order by d.date
                  limit 1
                )
              end
            )
          end
          order by r.index
        ),
        '[]'
      )
      from reading r
      where r.outcome <> 'waits'
    ),
    (
      select array_agg(
        row(
          a.account_owner_id, 'usage', null, a.cpu_hours, a.gpu_hours, a.storage_gb_seconds, a.scaled_cost_usd,
          a.days, null, null, null, null, p_client_id, a.month_scaled_cost_usd
        )::credit_change
      )
      from account a
    ),
    w.indexes,
    w.begins,
    (select count(*) from day m where m.place is not null) = (select count(*) from known_day)
  into results, changes, waiting, begins, v_all_known
  from (
    select
      array_agg(r.index order by r.index) as indexes,
      array_agg(coalesce(r.window_start >= r.earlier_end, true) order by r.index) as begins
    from reading r
    where r.outcome = 'waits'
  ) w;
  perform pg_catalog.set_config('app.writes_projects', 'off', true);
  if not v_all_known then
    raise exception using errcode = 'serialization_failure', message = 'a day was edited by hand meanwhile';
  end if;
end
$$;
