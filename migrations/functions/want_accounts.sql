-- Decides what the accounts of users on a cluster should be, from the facts as they are now, and numbers each change. Who
-- sits there and may work should have an active account; whoever else has one should have it deactivated. How many projects
-- they may create depends on the credits of the account that pays. Settings, if they change, do so for thousands of users
-- at once: so it takes a list.
create or replace function app.want_accounts(p_user_ids text[], p_cluster_id uuid) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Instances before accounts, as everywhere, and those of owners before those of members. Whoever has changed a fact locks
  -- the instance afterwards, so the last one sees all; a fact about credits is a fact about the team.
  perform from public.instances i
  where i.user_id = any (array(select u.account_owner_id from public.users u where u.id = any (p_user_ids)))
  order by i.user_id
  for no key update;
  perform from public.instances i where i.user_id = any (p_user_ids) order by i.user_id for no key update;
  if not app.provisions(p_cluster_id) then
    return;
  end if;
  insert into app.hopsworks_accounts as a (user_id, hopsworks_cluster_id, wanted, wanted_projects)
  select u.id, p_cluster_id, case when w.projects is null then 'deactivated' else 'active' end, w.projects
  from app.hopsworks_provisioning p
  join public.users u on u.id = any (p_user_ids)
  -- By the user: the other index would read all seats of the cluster.
  left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) s on true
  left join lateral (
    select c.state in ('exhausted', 'overdue') or c.cap_level = 100 as is_limited, c.projects_when_exhausted
    from public.user_credits c
    where c.user_id = coalesce(u.account_owner_id, u.id)
    limit 1
  ) k on true
  cross join lateral (
    select app.wanted_projects(
      s.hopsworks_cluster_id = p_cluster_id and u.status = 'active',
      case when u.account_owner_id is null then p.owner_projects else p.member_projects end,
      k.is_limited,
      coalesce(k.projects_when_exhausted, p.projects_without_credit)
    ) as projects
  ) w
  where p.hopsworks_cluster_id = p_cluster_id
    and (
      w.projects is not null
      or exists (select from app.hopsworks_accounts b where b.user_id = u.id and b.hopsworks_cluster_id = p_cluster_id)
    )
  order by u.id
  on conflict (user_id, hopsworks_cluster_id) do update
  set wanted = excluded.wanted,
      wanted_projects = excluded.wanted_projects,
      revision = a.revision + 1,
      wanted_since = app.now(),
      attempts = 0,
      next_attempt_at = app.now(),
      error_code = null,
      error_detail = null,
      stuck_since = null
  where (a.wanted, a.wanted_projects) is distinct from (excluded.wanted, excluded.wanted_projects);
end
$$;
