-- Takes a page of a cluster's users, and after the last one compares all with what they should be. What differs becomes
-- due, and is looked at one by one: so a page that others changed meanwhile does no harm. Users whom we do not know are
-- named, for an operator. It does nothing but say so if the cluster has nobody, or more than a tenth (and more than three)
-- would become due: then rather the answer is wrong, or it is another cluster, or one that was restored.
create function sweep_accounts(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_cluster app.hopsworks_provisioning;
begin
  perform authorize(args, 'schedule');
  select * into v_cluster
  from app.hopsworks_provisioning
  where hopsworks_cluster_id = (v_input ->> 'cluster_id')::uuid and sweep_lease = (v_input ->> 'lease')::uuid
  for no key update;
  if not found then
    return jsonb_build_object('is_ours', false);
  end if;
  if v_input ->> 'outcome' = 'failed' then
    update app.hopsworks_provisioning
    set sweep_lease = null, sweep_due_at = app.now() + interval '10 minutes'
    where hopsworks_cluster_id = v_cluster.hopsworks_cluster_id;
    return jsonb_build_object('is_ours', true);
  end if;
  insert into app.hopsworks_seen_users (hopsworks_cluster_id, hopsworks_user_id, username, email, status, max_projects)
  select v_cluster.hopsworks_cluster_id, u.id, u.username, u.email, u.status, u.max_projects
  from jsonb_to_recordset(v_input -> 'users') u (id bigint, username text, email text, status integer, max_projects integer)
  on conflict (hopsworks_cluster_id, hopsworks_user_id) do update
  set username = excluded.username, email = excluded.email, status = excluded.status, max_projects = excluded.max_projects;
  if v_input ->> 'outcome' = 'done' then
    perform finish_sweep(v_cluster);
  end if;
  return jsonb_build_object('is_ours', true);
end
$$;

create function finish_sweep(p_cluster app.hopsworks_provisioning) returns void
language plpgsql
set search_path from current
as $$
declare
  -- The others follow at once, with the next sweep.
  c_at_once constant integer := 10000;
  v_id uuid := p_cluster.hopsworks_cluster_id;
  v_seen bigint := (select count(*) from app.hopsworks_seen_users where hopsworks_cluster_id = v_id);
  v_known bigint := (
    select count(*) from app.hopsworks_accounts where hopsworks_cluster_id = v_id and hopsworks_user_id is not null
  );
  -- Only what nobody is working on, and has been as it should be since before the sweep began.
  v_differing uuid[] := array(
    select a.id
    from app.hopsworks_accounts a
    left join app.hopsworks_seen_users s
      on s.hopsworks_cluster_id = a.hopsworks_cluster_id and s.hopsworks_user_id = a.hopsworks_user_id
    where a.hopsworks_cluster_id = v_id
      and a.hopsworks_user_id is not null
      and a.done_revision = a.revision
      and a.done_at < p_cluster.sweep_began_at
      and (
        s.username is distinct from a.hopsworks_username
        or (s.status = 2) <> (a.wanted = 'active')
        or a.wanted = 'active' and not p_cluster.raise_only and s.max_projects <> a.wanted_projects
        or a.wanted = 'active' and p_cluster.raise_only and s.max_projects between 0 and a.wanted_projects - 1
      )
  );
  v_refuses boolean := v_known > 0 and v_seen = 0 or cardinality(v_differing) > greatest(3, v_known / 10);
begin
  if not v_refuses or (p_cluster.last_sweep ->> 'accepted_until')::timestamptz > app.now() then
    -- Whoever holds one of them is changing what it should be: then it is due anyhow.
    update app.hopsworks_accounts
    set revision = revision + 1, wanted_since = app.now(), next_attempt_at = app.now()
    where id in (
      select a.id from app.hopsworks_accounts a where a.id = any (v_differing) limit c_at_once for no key update skip locked
    );
    v_refuses := false;
  end if;
  delete from app.hopsworks_seen_users s
  where s.hopsworks_cluster_id = v_id
    and (
      s.status <> 2
      or exists (
        select
        from app.hopsworks_accounts a
        where a.hopsworks_cluster_id = v_id and a.hopsworks_user_id = s.hopsworks_user_id
      )
    );
  update app.hopsworks_provisioning
  set sweep_lease = null,
      -- Somebody may have asked for one meanwhile.
      sweep_due_at = case
        when sweep_due_at > p_cluster.sweep_began_at or not v_refuses and cardinality(v_differing) > c_at_once then app.now()
        else app.now() + interval '1 day'
      end,
      last_sweep = jsonb_build_object(
        'at', app.now(),
        'users', v_seen,
        'differing', cardinality(v_differing),
        'refused', v_refuses,
        -- It holds for the list of projects too, which may come later.
        'accepted_until', p_cluster.last_sweep -> 'accepted_until',
        'strangers', (select count(*) from app.hopsworks_seen_users where hopsworks_cluster_id = v_id),
        'stranger_examples', array(
          select jsonb_build_object(
            'hopsworks_user_id', s.hopsworks_user_id, 'hopsworks_username', s.username, 'email', s.email
          )
          from app.hopsworks_seen_users s
          where s.hopsworks_cluster_id = v_id
          order by s.hopsworks_user_id
          limit 100
        )
      )
  where hopsworks_cluster_id = v_id;
  delete from app.hopsworks_seen_users where hopsworks_cluster_id = v_id;
end
$$;

grant execute on function sweep_accounts(jsonb) to provisioner;
