-- What breaks a rule about users, their seats, instances, teams and accounts: a part of `app.invariant_violations`. All
-- that a rule needs of a user is looked up once.
create or replace view app.broken_rules_of_users (kind, id, detail) as
select v.kind, u.id, v.detail
from public.users u
left join public.user_hopsworks_assignments own on own.user_id = u.id
left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
left join public.instances i on i.user_id = u.id
left join public.hopsworks_clusters c on c.id = own.hopsworks_cluster_id
left join public.user_credits uc on uc.user_id = u.id
cross join lateral (
  -- In the order of time, which the index gives.
  select min(h.effective_on) as since, (array_agg(h.account_owner_id))[count(*)] as account_owner_id
  from (select * from app.account_memberships m where m.user_id = u.id order by m.effective_on) h
) history
cross join lateral (
  select 'seated_users_do_not_wait' as kind, format('waiting since %s', u.waiting_since) as detail
  where own.id is not null and u.waiting_since is not null

  union all
  select 'deleted_users_have_no_seat', format('seated on %s', own.hopsworks_cluster_id)
  where own.id is not null and u.status = 'deleted'

  union all
  select 'deleted_users_have_no_deployment', format('%s of them are left, or have a key', d.deployments)
  from (
    select count(*) as deployments
    from public.clusters d
    where d.user_id = u.id and (d.status <> 'deleted' or d.hopsworks_api_key is not null)
  ) d
  where u.status = 'deleted' and d.deployments > 0

  -- All else of the row is a constraint's, and what is not told apart from other people's words is in `docs/operate.md`.
  union all
  select 'no_trace_of_an_erased_user', 'left in app.login_events'
  where u.erased_at is not null and exists (select from app.login_events l where l.user_id = u.id)

  union all
  select 'no_trace_of_an_erased_user', 'left in public.team_invites'
  where u.erased_at is not null
    and (
      exists (select from public.team_invites t where t.account_owner_id = u.id)
      or exists (select from public.team_invites t where t.accepted_by_user_id = u.id)
    )

  union all
  select 'no_trace_of_an_erased_user', 'left in public.clusters'
  where u.erased_at is not null and exists (select from public.clusters d where d.user_id = u.id)

  union all
  select 'no_trace_of_an_erased_user', format('left in app.hopsworks_accounts, of %s', k.hopsworks_cluster_id)
  from app.hopsworks_accounts k
  where u.erased_at is not null
    and k.user_id = u.id
    and k.wanted = 'deactivated'
    and k.done_revision = k.revision
    and (k.hopsworks_user_id is not null or k.hopsworks_username is not null)

  union all
  select 'no_trace_of_an_erased_user', format('left in app.hopsworks_projects, of %s', p.namespace)
  from app.hopsworks_projects p
  where u.erased_at is not null and p.user_id = u.id and p.to_hour < 'infinity' and p.owner_username <> 'erased'

  union all
  select 'no_trace_of_an_erased_user', format('left in app.audit_details, of %s', e.id)
  from app.audit_entries e
  join app.audit_details d on d.id = e.id
  where u.erased_at is not null and e.target = u.id and e.created_at < u.erased_at and d.erased_at is null

  union all
  select 'no_trace_of_an_erased_user', 'left in app.taken_over'
  where u.erased_at is not null and exists (
    select
    from app.taken_over t
    where app.texts_of(t.row_id, t.before) && array[u.id] collate "C"
      -- Not somebody else's row, which refers to them.
      and (t.table_name = 'users' and t.row_id <> u.id) is not true
  )

  union all
  select 'seats_know_the_age_of_their_user', format('made %s, and %s by the seat', u.created_at, own.user_created_at)
  where own.id is not null and own.user_created_at is distinct from u.created_at

  union all
  select
    'members_sit_beside_their_owner',
    format('on %s, the owner on %s', own.hopsworks_cluster_id, owners.hopsworks_cluster_id)
  where own.id is not null
    and u.account_owner_id is not null
    and own.hopsworks_cluster_id is distinct from owners.hopsworks_cluster_id

  union all
  select
    'members_wait_for_their_owners_cluster',
    format('waits for %s, the owner sits on %s', u.waiting_cluster_id, owners.hopsworks_cluster_id)
  where u.waiting_cluster_id is distinct from case when u.waiting_since is not null then owners.hopsworks_cluster_id end

  union all
  select 'no_member_of_a_member', format('belongs to the member %s', o.id)
  from public.users o
  where o.id = u.account_owner_id and o.account_owner_id is not null

  union all
  select 'instance_follows_the_seat', format('instance is %s', coalesce(i.status, 'missing'))
  where i.status is distinct from case
      when u.status = 'deleted' then 'deleted'
      when u.status = 'suspended' then 'stopped'
      when own.id is not null then 'active'
      when u.waiting_since is not null then 'provisioning'
      else 'stopped'
    end
    -- Until there is an account on the cluster: see `broken_rules_of_accounts`.
    and not (
      i.status = 'provisioning' and own.id is not null and u.status = 'active' and app.provisions(own.hopsworks_cluster_id)
    )

  union all
  select
    'instance_has_the_address_of_its_seat',
    format('%s, the cluster answers at %s', coalesce(i.hopsworks_url, 'none'), coalesce(c.api_url, 'none'))
  where i.id is not null and i.hopsworks_url is distinct from c.api_url

  union all
  select 'every_day_has_a_payer', 'the history does not reach back for ever'
  where history.since is distinct from '-infinity'

  union all
  select
    'membership_matches_its_history',
    format(
      'belongs to %s, the history ends with %s', coalesce(u.account_owner_id, u.id), history.account_owner_id
    )
  where history.account_owner_id is distinct from coalesce(u.account_owner_id, u.id)

  union all
  select 'every_account_has_credits', 'no user_credits row'
  where u.account_owner_id is null and uc.user_id is null

  union all
  select 'a_day_has_a_paying_account_with_credits', format('nobody is charged for %s on %s', d.user_id, d.date)
  from public.usage_daily d
  where uc.user_id is null and d.account_owner_id = u.id
) v;
