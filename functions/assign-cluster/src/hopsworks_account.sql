-- Accounts on clusters as administrators see them, in this order. What is around each is looked up by its index, whatever
-- the tables held when this was planned.
create function describe_hopsworks_accounts(p_ids uuid[]) returns json[]
language plpgsql stable
set search_path from current
set join_collapse_limit = 1
as $$
begin
  return array(
    select json_build_object(
      'id', a.id,
      'user_id', a.user_id,
      'email', u.email,
      'cluster_id', c.id,
      'cluster_name', c.name,
      'wanted', a.wanted,
      'wanted_projects', a.wanted_projects,
      'wanted_since', a.wanted_since,
      'state', d.account ->> 'state',
      'since', d.account -> 'since',
      'code', d.account ->> 'code',
      'detail', case d.account ->> 'state'
        when 'failing' then case when p.error_code is not null then p.error_detail else a.error_detail end
        when 'stuck' then a.error_detail
      end,
      'attempts', a.attempts,
      'next_attempt_at', case when a.done_revision < a.revision and a.stuck_since is null then a.next_attempt_at end,
      'hopsworks_user_id', a.hopsworks_user_id,
      'hopsworks_username', a.hopsworks_username,
      'seen_status', a.seen_status,
      'seen_projects', a.seen_projects,
      'seen_at', a.seen_at
    )
    from unnest(p_ids) with ordinality as w (id, place)
    cross join lateral (select x as account, x.* from app.hopsworks_accounts x where x.id = w.id limit 1) a
    cross join lateral (select email from public.users where id = a.user_id limit 1) u
    cross join lateral (select * from public.hopsworks_clusters where id = a.hopsworks_cluster_id limit 1) c
    left join lateral (
      select x as cluster, x.* from app.hopsworks_provisioning x where x.hopsworks_cluster_id = a.hopsworks_cluster_id limit 1
    ) p on true
    cross join lateral (
      select describe_account(a.account, p.cluster, c.api_key is not null, a.wanted_since) as account
    ) d
    order by w.place
  );
end
$$;
