-- What breaks a rule about days and readings: a part of `app.invariant_violations`. Days are read once for who pays for
-- them and at which price, and once, beside their readings, for their hours, and once beside their projects. Readings and
-- projects are read once.
create or replace view app.broken_rules_of_usage (kind, id, detail) as
select v.kind, d.user_id, v.detail
from public.usage_daily d
left join (
  select r.effective_on, lead(r.effective_on) over (order by r.effective_on) as until from app.usage_rates r
) price on price.effective_on = d.rate_effective_on
left join lateral (
  select h.account_owner_id
  from app.account_memberships h
  where h.user_id = d.user_id and h.effective_on <= d.date
  order by h.effective_on desc
  limit 1
) payer on true
cross join lateral (
  select
    'a_day_is_paid_by_its_history' as kind,
    format('%s was billed to %s, the history says %s', d.date, d.account_owner_id, payer.account_owner_id) as detail
  where payer.account_owner_id is distinct from d.account_owner_id

  union all
  select
    'a_day_has_the_price_of_its_date',
    format('%s has the price of %s, and that of %s applies', d.date, d.rate_effective_on, p.effective_on)
  from (select max(r.effective_on) as effective_on from app.usage_rates r where r.effective_on <= d.date) p
  -- A taken-over day has none as long as nothing but what it was charged is in it: that is a constraint.
  where d.rate_effective_on is not null
    and (price.effective_on is null or d.date < price.effective_on or d.date >= price.until)

  union all
  select 'a_day_says_what_it_cost', format(
    '%s: it cost %s, and says %s; %s GB on average, and it says %s',
    d.date, app.round_cost(d.scaled_cost_usd), d.total_cost, round(d.storage_gb_seconds / 86400, 6), d.storage_gb
  )
  where d.storage_gb is distinct from round(d.storage_gb_seconds / 86400, 6)
    or d.total_cost is null
    -- Less than half a cent apart is rounded rightly. Only what is in doubt is rounded again, which takes longer.
    or abs(d.scaled_cost_usd - d.total_cost * app.billing_month_seconds()) >= app.billing_month_seconds() / 200
      and d.total_cost <> app.round_cost(d.scaled_cost_usd)
) v

union all
select v.kind, day.user_id, v.detail
from (
  select
    part.user_id,
    part.date,
    bool_or(part.is_day) as is_day,
    max(part.cpu_hours) as cpu_hours,
    max(part.gpu_hours) as gpu_hours,
    max(part.storage_gb_seconds) as storage_gb_seconds,
    -- What a taken-over day had been charged has no readings.
    coalesce(sum(part.read_cpu_hours) + coalesce(max(part.charged_cpu_hours), 0), max(part.charged_cpu_hours)) as read_cpu_hours,
    coalesce(sum(part.read_gpu_hours) + coalesce(max(part.charged_gpu_hours), 0), max(part.charged_gpu_hours)) as read_gpu_hours,
    coalesce(
      sum(part.read_storage_gb_seconds) + coalesce(max(part.charged_storage_gb_seconds), 0),
      max(part.charged_storage_gb_seconds)
    ) as read_storage_gb_seconds,
    -- The first of those that begin on the day.
    min(part.overlap) as overlap
  from (
    select
      d.user_id, d.date, true as is_day,
      d.cpu_hours, d.gpu_hours, d.storage_gb_seconds,
      d.charged_cpu_hours, d.charged_gpu_hours, d.charged_storage_gb_seconds,
      null::numeric as read_cpu_hours, null::numeric as read_gpu_hours, null::numeric as read_storage_gb_seconds,
      null as overlap
    from public.usage_daily d
    union all
    select
      r.user_id, (r.window_start at time zone 'UTC')::date, false,
      null, null, null,
      null, null, null,
      r.cpu_hours, r.gpu_hours, r.storage_gb * extract(epoch from r.window_end - r.window_start),
      case when r.next_start < r.window_end and not r.was_taken_back then format(
        '%s (%s): the window to %s ends after the one from %s has begun', r.source, r.project, r.window_end, r.next_start
      ) end
    from (
      -- One that was taken back, with zeros for values, is in nobody's way. Of windows in the order of their ends it is
      -- enough to compare each with the next one.
      select own.*, lead(own.window_start) over (
        partition by own.user_id, own.source, own.project, own.was_taken_back order by own.window_end
      ) as next_start
      from (select *, cpu_hours = 0 and gpu_hours = 0 and storage_gb = 0 as was_taken_back from app.usage_readings) own
    ) r
  ) part
  group by part.user_id, part.date
) day
cross join lateral (
  select 'a_day_is_the_sum_of_its_readings' as kind, format(
    '%s: %s CPU hours, %s GPU hours, %s GB-seconds; the readings say %s, %s, %s',
    day.date, day.cpu_hours, day.gpu_hours, day.storage_gb_seconds,
    day.read_cpu_hours, day.read_gpu_hours, day.read_storage_gb_seconds
  ) as detail
  where day.is_day
    -- Older readings are detached. (That no month is attached is itself wrong, and then every day is reported.)
    and day.date >= (
      select (coalesce(nullif(app.readings_kept_since(), 'infinity'), '-infinity') at time zone 'UTC')::date
    )
    and (day.cpu_hours, day.gpu_hours, day.storage_gb_seconds)
      is distinct from (day.read_cpu_hours, day.read_gpu_hours, day.read_storage_gb_seconds)

  union all
  select
    'a_day_is_the_sum_of_its_readings',
    format('a reading of %s (%s) from %s is in no day', r.source, r.project, r.window_start)
  from app.readings_of_day(day.user_id, day.date) r
  where not day.is_day

  union all
  select 'windows_do_not_overlap', day.overlap
  where day.overlap is not null
) v

union all
select 'a_day_is_the_sum_of_its_projects', split.user_id, format(
  '%s: %s CPU hours, %s GPU hours, %s GB-seconds; its projects say %s, %s, %s',
  split.date, split.cpu_hours, split.gpu_hours, split.storage_gb_seconds,
  split.project_cpu_hours, split.project_gpu_hours, split.project_storage_gb_seconds
)
from (
  select
    part.user_id,
    part.date,
    sum(part.cpu_hours) as cpu_hours,
    sum(part.gpu_hours) as gpu_hours,
    sum(part.storage_gb_seconds) as storage_gb_seconds,
    sum(part.project_cpu_hours) as project_cpu_hours,
    sum(part.project_gpu_hours) as project_gpu_hours,
    sum(part.project_storage_gb_seconds) as project_storage_gb_seconds
  from (
    select
      d.user_id, d.date, d.cpu_hours, d.gpu_hours, d.storage_gb_seconds,
      0 as project_cpu_hours, 0 as project_gpu_hours, 0 as project_storage_gb_seconds
    from public.usage_daily d
    union all
    select k.user_id, k.date, 0, 0, 0, k.cpu_hours, k.gpu_hours, k.storage_gb_seconds
    from app.usage_daily_projects k
  ) part
  group by part.user_id, part.date
) split
where (split.cpu_hours, split.gpu_hours, split.storage_gb_seconds)
  is distinct from (split.project_cpu_hours, split.project_gpu_hours, split.project_storage_gb_seconds);
