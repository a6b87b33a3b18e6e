-- The invariants, as the rows that break them: empty when all is well. Where a rule is about a user or an account, `id`
-- is a plain column of its first table and all else is looked up from it, so that a query for a range of ids reads that
-- range alone (`find_violations`).
create or replace view app.invariant_violations (kind, id, detail) as
select 'seats_equal_assignments', c.id::text, format('current_users is %s, assignments are %s', c.current_users, n.taken)
from public.hopsworks_clusters c
cross join lateral (
  select count(*) as taken from public.user_hopsworks_assignments a where a.hopsworks_cluster_id = c.id
) n
where c.current_users <> n.taken

union all
select 'seats_within_capacity', c.id::text, format('%s users on %s seats', c.current_users, c.max_users)
from public.hopsworks_clusters c
where c.current_users > c.max_users

union all
select 'seated_users_do_not_wait', u.id, format('waiting since %s', u.waiting_since)
from public.users u
join public.user_hopsworks_assignments a on a.user_id = u.id
where u.waiting_since is not null

union all
select 'deleted_users_have_no_seat', u.id, format('seated on %s', a.hopsworks_cluster_id)
from public.users u
join public.user_hopsworks_assignments a on a.user_id = u.id
where u.status = 'deleted'

union all
select 'deleted_users_have_no_deployment', u.id, format('%s of them are left, or have a key', d.deployments)
from public.users u
cross join lateral (
  select count(*) as deployments
  from public.clusters d
  where d.user_id = u.id and (d.status <> 'deleted' or d.hopsworks_api_key is not null)
) d
where u.status = 'deleted' and d.deployments > 0

union all
select 'inactive_clusters_are_empty', c.id::text, format('%s users sit there', c.current_users)
from public.hopsworks_clusters c
where c.status = 'inactive' and c.current_users > 0

union all
select 'seats_know_the_age_of_their_user', u.id, format('made %s, and %s by the seat', u.created_at, a.user_created_at)
from public.users u
join public.user_hopsworks_assignments a on a.user_id = u.id
where a.user_created_at is distinct from u.created_at

union all
select 'members_sit_beside_their_owner', u.id, format('on %s, the owner on %s', own.hopsworks_cluster_id, owners.hopsworks_cluster_id)
from public.users u
join public.user_hopsworks_assignments own on own.user_id = u.id
left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
where u.account_owner_id is not null
  and own.hopsworks_cluster_id is distinct from owners.hopsworks_cluster_id

union all
select 'members_wait_for_their_owners_cluster', u.id, format('waits for %s, the owner sits on %s', u.waiting_cluster_id, owners.hopsworks_cluster_id)
from public.users u
left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
where u.waiting_cluster_id is distinct from case when u.waiting_since is not null then owners.hopsworks_cluster_id end

union all
select 'no_member_of_a_member', u.id, format('belongs to the member %s', o.id)
from public.users u
cross join lateral (
  select owner.id from public.users owner where owner.id = u.account_owner_id and owner.account_owner_id is not null limit 1
) o
where u.account_owner_id is not null

union all
select 'instance_follows_the_seat', u.id, format('instance is %s', coalesce(i.status, 'missing'))
from public.users u
left join public.user_hopsworks_assignments a on a.user_id = u.id
left join public.instances i on i.user_id = u.id
where i.status is distinct from case
    when u.status = 'deleted' then 'deleted'
    when u.status = 'suspended' then 'stopped'
    when a.id is not null then 'active'
    when u.waiting_since is not null then 'provisioning'
    else 'stopped'
  end

union all
select 'instance_has_the_address_of_its_seat', i.user_id, format('%s, the cluster answers at %s', coalesce(i.hopsworks_url, 'none'), coalesce(c.api_url, 'none'))
from public.instances i
left join public.user_hopsworks_assignments a on a.user_id = i.user_id
left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
where i.hopsworks_url is distinct from c.api_url

union all
select 'every_day_has_a_payer', u.id, 'the history does not reach back for ever'
from public.users u
where not exists (
  select from app.account_memberships h where h.user_id = u.id and h.effective_on = '-infinity'
)

union all
select 'membership_matches_its_history', u.id, format('belongs to %s, the history ends with %s', coalesce(u.account_owner_id, u.id), m.account_owner_id)
from public.users u
left join lateral (
  select h.account_owner_id from app.account_memberships h where h.user_id = u.id order by h.effective_on desc limit 1
) m on true
where m.account_owner_id is distinct from coalesce(u.account_owner_id, u.id)

union all
select 'every_account_has_credits', u.id, 'no user_credits row'
from public.users u
where u.account_owner_id is null
  and not exists (select from public.user_credits uc where uc.user_id = u.id)

union all
select 'balance_is_the_last_entry', uc.user_id, format('balance %s, the ledger says %s', uc.balance, coalesce(last.balance_after, 0))
from public.user_credits uc
left join lateral (
  select t.balance_after from app.credit_transactions t where t.account_owner_id = uc.user_id order by t.seq desc limit 1
) last on true
where uc.balance <> coalesce(last.balance_after, 0)

union all
select 'entries_sum_to_the_balance', uc.user_id, format('balance %s, entries sum to %s', uc.balance, coalesce(s.total, 0))
from public.user_credits uc
cross join lateral (
  select sum(t.amount) as total from app.credit_transactions t where t.account_owner_id = uc.user_id
) s
where uc.balance <> coalesce(s.total, 0)

union all
select 'totals_are_the_sums_of_entries', uc.user_id, format(
  'purchased %s, adjusted %s, used %s; the ledger says %s, %s, %s',
  uc.total_purchased, uc.total_adjusted, uc.total_used, s.purchased, s.adjusted, s.used
)
from public.user_credits uc
cross join lateral (
  select
    coalesce(sum(t.amount) filter (where t.kind in ('purchase', 'refund') or (t.kind, t.reference) = ('opening', 'purchased')), 0) as purchased,
    coalesce(sum(t.amount) filter (where t.kind = 'adjustment' or (t.kind, t.reference) = ('opening', 'adjusted')), 0) as adjusted,
    coalesce(-sum(t.amount) filter (where t.kind = 'usage' or (t.kind, t.reference) = ('opening', 'used')), 0) as used
  from app.credit_transactions t
  where t.account_owner_id = uc.user_id
) s
where (uc.total_purchased, uc.total_adjusted, uc.total_used) <> (s.purchased, s.adjusted, s.used)

union all
select 'refunds_stay_within_their_purchase', r.account_owner_id, format('%s of %s were returned of entry %s', -r.amount, p.amount, p.seq)
from (
  select t.account_owner_id, t.refunded_seq, sum(t.amount) as amount
  from app.credit_transactions t
  where t.refunded_seq is not null
  group by t.account_owner_id, t.refunded_seq
) r
join app.credit_transactions p on p.account_owner_id = r.account_owner_id and p.seq = r.refunded_seq
where p.kind <> 'purchase' or p.amount + r.amount < 0

union all
select 'credits_are_the_sums_of_days', uc.user_id, format(
  '%s CPU hours, %s GPU hours, %s GB-seconds, costs %s; the opening and the days say %s, %s, %s, %s',
  uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd,
  s.cpu_hours, s.gpu_hours, s.storage_gb_seconds, s.scaled_cost_usd
)
from public.user_credits uc
left join app.opening_usage o on o.account_owner_id = uc.user_id
-- What a day had been charged before it was taken over is a part of the opening.
cross join lateral (
  select
    coalesce(o.cpu_hours, 0) + coalesce(sum(d.cpu_hours - coalesce(d.charged_cpu_hours, 0)), 0) as cpu_hours,
    coalesce(o.gpu_hours, 0) + coalesce(sum(d.gpu_hours - coalesce(d.charged_gpu_hours, 0)), 0) as gpu_hours,
    coalesce(o.storage_gb_seconds, 0)
      + coalesce(sum(d.storage_gb_seconds - coalesce(d.charged_storage_gb_seconds, 0)), 0) as storage_gb_seconds,
    coalesce(o.scaled_cost_usd, 0)
      + coalesce(sum(d.scaled_cost_usd - coalesce(d.charged_usd, 0) * app.billing_month_seconds()), 0) as scaled_cost_usd
  from public.usage_daily d
  where d.account_owner_id = uc.user_id
) s
where (uc.cpu_hours_used, uc.gpu_hours_used, uc.storage_gb_seconds, uc.scaled_cost_usd)
  <> (s.cpu_hours, s.gpu_hours, s.storage_gb_seconds, s.scaled_cost_usd)

union all
select 'used_is_the_rounded_cost', uc.user_id, format('used %s, the exact costs come to %s', uc.total_used, app.round_cost(uc.scaled_cost_usd))
from public.user_credits uc
where uc.total_used <> app.round_cost(uc.scaled_cost_usd)

union all
select 'a_day_has_a_paying_account_with_credits', d.account_owner_id, format('nobody is charged for %s on %s', d.user_id, d.date)
from public.usage_daily d
where not exists (select from public.user_credits uc where uc.user_id = d.account_owner_id)

union all
select 'a_day_is_paid_by_its_history', d.user_id, format('%s was billed to %s, the history says %s', d.date, d.account_owner_id, m.account_owner_id)
from public.usage_daily d
left join lateral (
  select h.account_owner_id
  from app.account_memberships h
  where h.user_id = d.user_id and h.effective_on <= d.date
  order by h.effective_on desc
  limit 1
) m on true
where m.account_owner_id is distinct from d.account_owner_id

union all
select 'a_day_has_the_price_of_its_date', d.user_id, format('%s has the price of %s, and that of %s applies', d.date, d.rate_effective_on, p.effective_on)
from public.usage_daily d
cross join lateral (select max(r.effective_on) as effective_on from app.usage_rates r where r.effective_on <= d.date) p
-- A taken-over day has none as long as nothing but what it was charged is in it: that is a constraint.
where d.rate_effective_on is not null and p.effective_on is distinct from d.rate_effective_on

union all
select 'a_day_says_what_it_cost', d.user_id, format('%s: it cost %s, and says %s; %s GB on average, and it says %s', d.date, app.round_cost(d.scaled_cost_usd), d.total_cost, round(d.storage_gb_seconds / 86400, 6), d.storage_gb)
from public.usage_daily d
where (d.total_cost, d.storage_gb)
  is distinct from (app.round_cost(d.scaled_cost_usd), round(d.storage_gb_seconds / 86400, 6))

union all
select 'a_day_is_the_sum_of_its_readings', d.user_id, format(
  '%s: %s CPU hours, %s GPU hours, %s GB-seconds; the readings say %s, %s, %s',
  d.date, d.cpu_hours, d.gpu_hours, d.storage_gb_seconds, s.cpu_hours, s.gpu_hours, s.storage_gb_seconds
)
from public.usage_daily d
-- What a taken-over day had been charged has no readings.
cross join lateral (
  select
    coalesce(sum(r.cpu_hours) + coalesce(d.charged_cpu_hours, 0), d.charged_cpu_hours) as cpu_hours,
    coalesce(sum(r.gpu_hours) + coalesce(d.charged_gpu_hours, 0), d.charged_gpu_hours) as gpu_hours,
    coalesce(
      sum(r.storage_gb * extract(epoch from r.window_end - r.window_start)) + coalesce(d.charged_storage_gb_seconds, 0),
      d.charged_storage_gb_seconds
    ) as storage_gb_seconds
  from app.usage_readings r
  where r.user_id = d.user_id
    and r.window_start >= d.date::timestamp at time zone 'UTC'
    and r.window_start < (d.date + 1)::timestamp at time zone 'UTC'
) s
-- Older readings are detached. (That no month is attached is itself wrong, and then every day is reported.)
where d.date >= (
    select (coalesce(nullif(app.readings_kept_since(), 'infinity'), '-infinity') at time zone 'UTC')::date
  )
  and (d.cpu_hours, d.gpu_hours, d.storage_gb_seconds)
    is distinct from (s.cpu_hours, s.gpu_hours, s.storage_gb_seconds)

union all
-- One that was taken back, with zeros for values, is in nobody's way. Of windows in the order of their ends it is enough
-- to compare each with the next one. The rows of a range of ids are found before they are numbered, because a user's
-- windows are numbered by themselves.
select 'windows_do_not_overlap', w.user_id, format('%s (%s): the window to %s ends after the one from %s has begun', w.source, w.project, w.window_end, w.next_start)
from (
  select
    r.user_id, r.source, r.project, r.window_end,
    lead(r.window_start) over (partition by r.user_id, r.source, r.project order by r.window_end) as next_start
  from app.usage_readings r
  where r.cpu_hours > 0 or r.gpu_hours > 0 or r.storage_gb > 0
) w
where w.next_start < w.window_end

union all
select 'a_day_is_the_sum_of_its_readings', r.user_id, format('a reading of %s (%s) from %s is in no day', r.source, r.project, r.window_start)
from app.usage_readings r
where not exists (
  select from public.usage_daily d where d.user_id = r.user_id and d.date = (r.window_start at time zone 'UTC')::date
);
