-- What must always hold, as the rows that break it: empty when all is well.
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
select 'members_sit_beside_their_owner', u.id, format('on %s, the owner on %s', own.hopsworks_cluster_id, owners.hopsworks_cluster_id)
from public.users u
join public.user_hopsworks_assignments own on own.user_id = u.id
left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
where u.account_owner_id is not null
  and own.hopsworks_cluster_id is distinct from owners.hopsworks_cluster_id

union all
select 'no_member_of_a_member', u.id, format('belongs to the member %s', o.id)
from public.users u
join public.users o on o.id = u.account_owner_id
where o.account_owner_id is not null

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
  select from public.account_memberships h where h.user_id = u.id and h.effective_on = '-infinity'
)

union all
select 'membership_matches_its_history', u.id, format('belongs to %s, the history ends with %s', coalesce(u.account_owner_id, u.id), m.account_owner_id)
from public.users u
left join lateral (
  select h.account_owner_id from public.account_memberships h where h.user_id = u.id order by h.effective_on desc limit 1
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
  select t.balance_after from public.credit_transactions t where t.account_owner_id = uc.user_id order by t.seq desc limit 1
) last on true
where uc.balance <> coalesce(last.balance_after, 0)

union all
select 'entries_sum_to_the_balance', uc.user_id, format('balance %s, entries sum to %s', uc.balance, coalesce(s.total, 0))
from public.user_credits uc
left join (
  select t.account_owner_id, sum(t.amount) as total from public.credit_transactions t group by t.account_owner_id
) s on s.account_owner_id = uc.user_id
where uc.balance <> coalesce(s.total, 0);
