
-- Every cluster provisions, and every seat has its account; the one in a thousand waits for a person.
update public.hopsworks_clusters set api_key = 'enc:k1:' || repeat('A', 38);
insert into app.hopsworks_provisioning (hopsworks_cluster_id, oauth_client_id)
select id, 'web-app' from public.hopsworks_clusters;

insert into app.hopsworks_accounts (
  id, user_id, hopsworks_cluster_id, wanted, wanted_projects, wanted_since, done_revision, done_at, hopsworks_user_id,
  hopsworks_username, seen_status, seen_projects, seen_at, error_code, stuck_since
)
select
  md5('account' || s.n)::uuid, s.id, s.cluster_id, case when w.projects is null then 'deactivated' else 'active' end,
  w.projects, s.created_at, case when t.is_stuck then 0 else 1 end, case when not t.is_stuck then s.created_at end,
  10000 + s.n, 'u' || s.n, case when u.status = 'active' then 'active' else 'deactivated' end, w.projects, s.created_at,
  case when t.is_stuck then 'email_taken_on_cluster' end, case when t.is_stuck then s.created_at end
from scale.people s
join public.users u on u.id = s.id
left join public.user_credits k on k.user_id = coalesce(u.account_owner_id, u.id)
cross join lateral (
  select app.wanted_projects(
    u.status = 'active',
    case when u.account_owner_id is null then 5 else 0 end,
    k.state in ('exhausted', 'overdue') or k.cap_level = 100,
    coalesce(k.projects_when_exhausted, 1)
  ) as projects
) w
cross join lateral (select s.n % 1000 = 5 as is_stuck) t
where s.has_seat;
