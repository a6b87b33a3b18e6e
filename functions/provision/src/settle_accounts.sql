-- What became of a leased account:
--
--   done       as it should be; what was seen
--   later      tried again after a pause, which doubles from five seconds to an hour
--   stuck      waits for a person
--   cluster    its cluster failed: as if it had not been tried, but behind the others
create type settled_account as (
  user_id text,
  cluster_id uuid,
  lease uuid,
  revision bigint,
  outcome text,
  code text,
  detail text,
  retry_after_s integer,
  hopsworks_user_id bigint,
  hopsworks_username text,
  -- Hopsworks' number.
  status integer,
  max_projects integer
);

-- Writes what became of leased accounts, and which clusters failed. Whoever has lost the lease writes nothing, and a
-- wish that has changed meanwhile stays due. Users whom somebody else is deciding about right now are not waited for but
-- answered, to be settled again.
create function settle_accounts(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_settled settled_account[] := array(
    select s from jsonb_populate_recordset(null::settled_account, args #> '{input,accounts}') s
  );
  v_free text[];
  v_lost text[];
begin
  perform authorize(args, 'schedule');
  perform settle_clusters(args #> '{input,clusters}');
  -- Instances before accounts, as everywhere: whoever changes what an account should be holds its instance.
  v_free := array(
    select i.user_id
    from public.instances i
    where i.user_id in (select s.user_id from unnest(v_settled) s)
    order by i.user_id
    for no key update skip locked
  ) || array(
    select s.user_id
    from unnest(v_settled) s
    where not exists (select from public.instances i where i.user_id = s.user_id)
  );

  -- A number is one user's. A cluster that was restored may give it to another one: the first is then looked for again.
  with lost as (
    update app.hopsworks_accounts a
    set hopsworks_user_id = null,
        hopsworks_username = null,
        seen_status = null,
        revision = a.revision + 1,
        wanted_since = app.now(),
        attempts = a.attempts + 1,
        next_attempt_at = app.now() + pause_after(a.attempts, null)
    from unnest(v_settled) s
    where a.hopsworks_cluster_id = s.cluster_id and a.hopsworks_user_id = s.hopsworks_user_id and a.user_id <> s.user_id
      and s.user_id = any (v_free) and s.outcome = 'done'
    returning a.user_id
  )
  select coalesce(array_agg(l.user_id), '{}') into v_lost from lost l;
  update app.hopsworks_accounts a
  set done_revision = s.revision,
      done_at = app.now(),
      hopsworks_user_id = s.hopsworks_user_id,
      hopsworks_username = s.hopsworks_username,
      seen_status = case
        when s.status = 2 then 'active'
        when s.status = 3 then 'deactivated'
        when s.status is not null then 'other'
      end,
      seen_projects = s.max_projects,
      seen_at = app.now(),
      attempts = 0,
      error_code = null,
      error_detail = null
  from unnest(v_settled) s
  where a.user_id = s.user_id and a.hopsworks_cluster_id = s.cluster_id and a.lease = s.lease
    and a.user_id = any (v_free) and s.outcome = 'done';
  update app.hopsworks_accounts a
  set attempts = a.attempts + 1,
      next_attempt_at = app.now() + pause_after(a.attempts, s.retry_after_s),
      error_code = s.code,
      error_detail = s.detail,
      stuck_since = case s.outcome when 'stuck' then app.now() end
  from unnest(v_settled) s
  where a.user_id = s.user_id and a.hopsworks_cluster_id = s.cluster_id and a.lease = s.lease
    and a.user_id = any (v_free) and s.outcome in ('later', 'stuck') and s.revision = a.revision;
  update app.hopsworks_accounts a
  set lease = null,
      leased_until = null,
      -- Behind the others: what one account fails with may look like the cluster's failure.
      next_attempt_at = case s.outcome when 'cluster' then greatest(a.next_attempt_at, app.now()) else a.next_attempt_at end
  from unnest(v_settled) s
  where a.user_id = s.user_id and a.hopsworks_cluster_id = s.cluster_id and a.lease = s.lease
    and a.user_id = any (v_free);

  -- `set_instance` has the last word.
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_free || v_lost)
    and i.status in ('active', 'provisioning')
    -- Who waits has none.
    and (select t.id from public.user_hopsworks_assignments t where t.user_id = i.user_id limit 1) is not null
    and (select u.status from public.users u where u.id = i.user_id) = 'active';
  return jsonb_build_object('again', array_to_json(array(
    select s.user_id from unnest(v_settled) s where s.user_id <> all (v_free)
  )));
end
$$;

-- Writes which clusters failed as a whole (with a code), and which ones answered.
create function settle_clusters(p_clusters jsonb) returns void
language plpgsql
set search_path from current
as $$
begin
  -- Many accounts of one cluster fail at once: they count as one try.
  update app.hopsworks_provisioning p
  set error_code = c.code,
      error_detail = c.detail,
      failing_since = coalesce(p.failing_since, app.now()),
      attempts = p.attempts + 1,
      next_attempt_at = app.now() + pause_after(p.attempts, null, '5 minutes')
  from jsonb_to_recordset(p_clusters) c (id uuid, code text, detail text)
  where p.hopsworks_cluster_id = c.id and c.code is not null and p.next_attempt_at <= app.now();
  update app.hopsworks_provisioning p
  set error_code = null, error_detail = null, failing_since = null, attempts = 0, next_attempt_at = app.now()
  from jsonb_to_recordset(p_clusters) c (id uuid, code text)
  where p.hopsworks_cluster_id = c.id and c.code is null and p.error_code is not null;
end
$$;

grant execute on function settle_accounts(jsonb) to provisioner;
