-- A page of accounts on clusters, in the order of users: those that pass all given filters.
create function list_hopsworks_accounts(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return page(
    (args #>> '{input,limit}')::integer,
    describe_hopsworks_accounts(find_hopsworks_accounts(args -> 'input')),
    array['user_id', 'cluster_id']
  );
end
$$;

-- The ids of a page of accounts, and one more. It is planned again for each call, so that filters that are not given fall
-- away. Nearly all are `ready`; those in another state are looked up cluster by cluster, by the index of what is due or
-- stuck there.
create function find_hopsworks_accounts(p_input jsonb) returns uuid[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
-- Indexes have the order: otherwise all accounts of a cluster are read and sorted for a page of them.
set enable_sort = off
as $$
declare
  v_state text := p_input ->> 'state';
  v_cluster_id uuid := p_input ->> 'cluster_id';
  v_user_id text := p_input ->> 'user_id';
  v_limit integer := p_input ->> 'limit';
  v_after_user text := p_input #>> '{after,user_id}';
  v_after_cluster uuid := p_input #>> '{after,cluster_id}';
begin
  if v_state is null or v_state = 'ready' or v_user_id is not null then
    return array(
      select a.id
      from app.hopsworks_accounts a
      join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
      left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = a.hopsworks_cluster_id
      where (v_user_id is null or a.user_id = v_user_id)
        and (v_cluster_id is null or a.hopsworks_cluster_id = v_cluster_id)
        and (v_after_user is null or (a.user_id, a.hopsworks_cluster_id) > (v_after_user, v_after_cluster))
        and (v_state is null or account_state(a, p, c.api_key is not null) = v_state)
      order by a.user_id, a.hopsworks_cluster_id
      limit v_limit + 1
    );
  end if;
  return array(
    select a.id
    from public.hopsworks_clusters c
    left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id
    cross join lateral (
      select d.id, d.user_id, d.hopsworks_cluster_id
      from app.hopsworks_accounts d
      where v_state <> 'stuck'
        and v_state <> 'off'
        and d.hopsworks_cluster_id = c.id
        and d.done_revision < d.revision
        and d.stuck_since is null
        and account_state(d, p, c.api_key is not null) = v_state
      union all
      select s.id, s.user_id, s.hopsworks_cluster_id
      from app.hopsworks_accounts s
      where v_state = 'stuck' and s.hopsworks_cluster_id = c.id and s.stuck_since is not null
      union all
      select o.id, o.user_id, o.hopsworks_cluster_id
      from app.hopsworks_accounts o
      where v_state = 'off' and o.hopsworks_cluster_id = c.id
    ) a
    where (p.provisions and c.api_key is not null) is true <> (v_state = 'off')
      and (v_cluster_id is null or c.id = v_cluster_id)
      and (v_after_user is null or (a.user_id, a.hopsworks_cluster_id) > (v_after_user, v_after_cluster))
    order by a.user_id, a.hopsworks_cluster_id
    limit v_limit + 1
  );
end
$$;
