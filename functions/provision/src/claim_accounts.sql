-- Leases accounts that are due for two minutes, and answers what they should be and how their clusters are reached. No
-- more than sixteen of a cluster are leased at a time, of a cluster that fails one; a cluster with many waits for none
-- with few. The lease comes with the call, so that a repeated call finds its own accounts.
--
-- A cluster whose users are all to be looked at is leased too, one at a time and for ten minutes. So is one whose projects
-- are to be listed, one with each call and for two minutes.
--
-- An account that is to end waits for the user's new one on another cluster, unless that one is stuck or made by hand: so
-- who moves is not without a place to work meanwhile.
create function claim_accounts(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  c_of_a_cluster constant integer := 16;
  v_lease uuid := args #>> '{input,lease}';
  v_room integer := args #>> '{input,room}';
begin
  perform authorize(args, 'schedule');
  -- One claim at a time: two would count the same leases.
  perform pg_advisory_xact_lock(hashtext('app.hopsworks_accounts'));
  if not exists (select from app.hopsworks_accounts where lease = v_lease) then
    perform put_off_blocked_accounts();
    with due as (
      select a.user_id, a.hopsworks_cluster_id
      from app.hopsworks_provisioning p
      join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
      cross join lateral (
        select case when p.error_code is null then c_of_a_cluster else 1 end - count(*) as room
        from app.hopsworks_accounts l
        where l.hopsworks_cluster_id = p.hopsworks_cluster_id and l.lease is not null and l.leased_until > app.now()
      ) r
      cross join lateral (
        select d.user_id, d.hopsworks_cluster_id, d.next_attempt_at
        from app.hopsworks_accounts d
        where d.hopsworks_cluster_id = p.hopsworks_cluster_id
          and d.done_revision < d.revision
          and d.stuck_since is null
          and d.next_attempt_at <= app.now()
          and (d.leased_until is null or d.leased_until <= app.now())
        order by d.next_attempt_at
        limit greatest(r.room, 0)
        for update skip locked
      ) a
      where p.provisions and c.api_key is not null and p.next_attempt_at <= app.now()
      order by row_number() over (partition by a.hopsworks_cluster_id order by a.next_attempt_at)
      limit v_room
    )
    update app.hopsworks_accounts a
    set lease = v_lease, leased_until = app.now() + interval '2 minutes'
    from due d
    where a.user_id = d.user_id and a.hopsworks_cluster_id = d.hopsworks_cluster_id;
    if (args #>> '{input,may_sweep}')::boolean then
      perform claim_sweep(v_lease);
    end if;
    if (args #>> '{input,may_list_projects}')::boolean then
      perform claim_projects(v_lease);
    end if;
  end if;
  return describe_claim(v_lease);
end
$$;

-- Puts off accounts that are to end and wait for the user's new one, of the first on each cluster. So they do not stand in
-- the way of others, however many they are.
create function put_off_blocked_accounts() returns void
language plpgsql
set search_path from current
as $$
declare
  v_blocked uuid[] := array(
    select b.id
    from app.hopsworks_provisioning p
    cross join lateral (
      select d.id, d.user_id, d.wanted
      from app.hopsworks_accounts d
      where d.hopsworks_cluster_id = p.hopsworks_cluster_id
        and d.done_revision < d.revision
        and d.stuck_since is null
        and d.next_attempt_at <= app.now()
        and (d.leased_until is null or d.leased_until <= app.now())
      order by d.next_attempt_at
      limit 100
      for update skip locked
    ) b
    where b.wanted = 'deactivated'
      and exists (
        select
        from app.hopsworks_accounts n
        where n.user_id = b.user_id
          and n.wanted = 'active'
          and n.done_revision < n.revision
          and n.stuck_since is null
          and app.provisions(n.hopsworks_cluster_id)
      )
  );
begin
  update app.hopsworks_accounts set next_attempt_at = app.now() + interval '5 seconds' where id = any (v_blocked);
end
$$;

-- Leases the cluster whose sweep has been due longest.
create function claim_sweep(p_lease uuid) returns void
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  update app.hopsworks_provisioning p
  set sweep_lease = p_lease, sweep_began_at = app.now()
  where p.hopsworks_cluster_id = (
    select d.hopsworks_cluster_id
    from app.hopsworks_provisioning d
    join public.hopsworks_clusters c on c.id = d.hopsworks_cluster_id
    where d.provisions
      and c.api_key is not null
      and d.sweep_due_at <= app.now()
      and d.next_attempt_at <= app.now()
      -- One at a time.
      and not exists (
        select
        from app.hopsworks_provisioning o
        where o.sweep_lease is not null and o.sweep_began_at > app.now() - interval '10 minutes'
      )
    order by d.sweep_due_at
    limit 1
    for no key update of d skip locked
  )
  returning p.hopsworks_cluster_id into v_cluster_id;
  delete from app.hopsworks_seen_users where hopsworks_cluster_id = v_cluster_id;
end
$$;

-- Leases the cluster whose projects have been due longest, whether its accounts fail or not.
create function claim_projects(p_lease uuid) returns void
language plpgsql
set search_path from current
as $$
begin
  -- Already, by a call that is repeated.
  if exists (select from app.usage_collection where projects_lease = p_lease) then
    return;
  end if;
  update app.usage_collection u
  set projects_lease = p_lease, projects_leased_until = app.now() + interval '2 minutes'
  where u.hopsworks_cluster_id = (
    select d.hopsworks_cluster_id
    from app.usage_collection d
    where d.collects
      and d.projects_due_at <= app.now()
      and (d.projects_leased_until is null or d.projects_leased_until <= app.now())
      and app.provisions(d.hopsworks_cluster_id)
    order by d.projects_due_at
    limit 1
    for no key update skip locked
  );
end
$$;

-- The accounts of a lease, the clusters to look at, and how the clusters are reached.
create function describe_claim(p_lease uuid) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_accounts jsonb := (
    select coalesce(jsonb_agg(jsonb_build_object(
      'cluster_id', a.hopsworks_cluster_id,
      'revision', a.revision,
      'user_id', u.id,
      -- Colleagues share projects by address: so it must be theirs.
      'email', case when u.email_verified then u.email end,
      'name', u.name,
      'wanted', jsonb_build_object('status', a.wanted, 'max_projects', a.wanted_projects),
      'hopsworks_user_id', a.hopsworks_user_id,
      'hopsworks_username', a.hopsworks_username
    ) order by a.next_attempt_at), '[]')
    from app.hopsworks_accounts a
    join public.users u on u.id = a.user_id
    where a.lease = p_lease and a.leased_until > app.now()
  );
  v_sweep uuid := (select p.hopsworks_cluster_id from app.hopsworks_provisioning p where p.sweep_lease = p_lease);
  v_projects uuid := (select u.hopsworks_cluster_id from app.usage_collection u where u.projects_lease = p_lease);
begin
  return jsonb_build_object(
    'accounts', v_accounts,
    'sweep', v_sweep,
    'projects', v_projects,
    'clusters', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', c.id,
        'api_url', c.api_url,
        'api_key', c.api_key,
        'oauth_client_id', p.oauth_client_id,
        'tls_ca_pem', p.tls_ca_pem,
        'raise_only', p.raise_only
      )), '[]')
      from public.hopsworks_clusters c
      join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id
      where c.id in (v_sweep, v_projects)
        or c.id in (select (a ->> 'cluster_id')::uuid from jsonb_array_elements(v_accounts) a)
    )
  );
end
$$;

grant execute on function claim_accounts(jsonb) to provisioner;
