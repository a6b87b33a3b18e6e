-- A project as its cluster lists it.
create type listed_project as (
  id bigint,
  name text,
  namespace text,
  owner_username text,
  created timestamptz
);

-- What a listed project means for its namespace.
create type judged_project as (
  listed listed_project,
  -- The row of who has the namespace so far, if anybody, and whose it is.
  held_id uuid,
  user_id text,
  -- From when on it is the project's, with its owner; null: it is already.
  from_hour timestamptz
);

-- Takes the list of a cluster's projects, or why there is none. Who owns a namespace changes as the list says, from an hour
-- on and never before it. It does nothing but say so if the list is empty, or more than a tenth of the projects (and more
-- than three) would end: then rather the list is wrong, or it is another cluster, or one that was restored.
create function settle_projects(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'cluster_id';
  v_code text := v_input #>> '{failure,code}';
  v_detail text := v_input #>> '{failure,detail}';
begin
  perform authorize(args, 'schedule');
  perform
  from app.usage_collection
  where hopsworks_cluster_id = v_id and projects_lease = (v_input ->> 'lease')::uuid
  for no key update;
  if not found then
    return jsonb_build_object('is_ours', false, 'is_refused', false);
  end if;
  if v_code is null and not keep_projects(v_id, v_input -> 'projects') then
    v_code := 'implausible_projects';
    v_detail := format('of %s listed projects, too many are others than before', jsonb_array_length(v_input -> 'projects'));
  end if;
  update app.usage_collection
  set projects_lease = null,
      projects_leased_until = null,
      -- Somebody may have asked for them since they were leased.
      projects_due_at = case
        when projects_due_at > projects_leased_until - interval '2 minutes' then app.now()
        when v_code is null then app.now() + interval '1 hour'
        else app.now() + interval '10 minutes'
      end,
      projects_seen_at = case when v_code is null then app.now() else projects_seen_at end,
      projects_error_code = v_code,
      projects_error_detail = v_detail
  where hopsworks_cluster_id = v_id;
  return jsonb_build_object('is_ours', true, 'is_refused', coalesce(v_code = 'implausible_projects', false));
end
$$;

-- Writes what a list says of each namespace; answers false if that was too much to believe. Each project is looked up by
-- itself, so that a plan that was made for few is as good for thousands.
create function keep_projects(p_cluster_id uuid, p_projects jsonb) returns boolean
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_hour timestamptz := date_trunc('hour', app.now(), 'UTC');
  v_judged judged_project[] := array(
    select judge_project(p_cluster_id, p, v_hour)
    from (
      -- Of two in one namespace the newer one runs there.
      select distinct on (l.namespace) l as project
      from jsonb_populate_recordset(null::listed_project, p_projects) l
      order by l.namespace, l.created desc nulls last, l.id desc
    ) d (p)
  );
  v_open uuid[] := array(
    select r.id
    from app.hopsworks_projects r
    where r.hopsworks_cluster_id = p_cluster_id and r.to_hour = 'infinity' and r.hopsworks_project_id is not null
  );
  v_ending uuid[] := array(
    select unnest(v_open) except select j.held_id from unnest(v_judged) j where j.from_hour is null
  );
  v_accepted_until timestamptz := (
    select (p.last_sweep ->> 'accepted_until')::timestamptz
    from app.hopsworks_provisioning p
    where p.hopsworks_cluster_id = p_cluster_id
  );
begin
  if cardinality(v_judged) = 0 and cardinality(v_open) > 0 or cardinality(v_ending) > greatest(3, cardinality(v_open) / 10) then
    if v_accepted_until is null or v_accepted_until <= app.now() then
      return false;
    end if;
  end if;
  update app.hopsworks_projects r
  set to_hour = j.from_hour
  from unnest(v_judged) j
  where r.id = j.held_id and j.from_hour is not null;
  update app.hopsworks_projects r
  set to_hour = greatest(r.from_hour, v_hour)
  where r.id = any (array(select unnest(v_ending) except select j.held_id from unnest(v_judged) j));
  insert into app.hopsworks_projects (
    hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, user_id, from_hour
  )
  select
    p_cluster_id, (j.listed).id, (j.listed).name, (j.listed).namespace, (j.listed).owner_username,
    user_on_cluster(p_cluster_id, (j.listed).owner_username), j.from_hour
  from unnest(v_judged) j
  where j.from_hour is not null;
  -- The name may be another one, and whose the owner's account is may be known by now. Who is known stays.
  update app.hopsworks_projects r
  set name = n.name, user_id = n.user_id
  from (
    select
      j.held_id as id,
      (j.listed).name as name,
      coalesce(j.user_id, user_on_cluster(p_cluster_id, (j.listed).owner_username)) as user_id
    from unnest(v_judged) j
    where j.from_hour is null
    offset 0
  ) n
  where r.id = n.id and (r.name, r.user_id) is distinct from (n.name, n.user_id);
  return true;
end
$$;

-- Decides from which hour on a project, with its owner, has its namespace.
create function judge_project(p_cluster_id uuid, p_listed listed_project, p_hour timestamptz) returns judged_project
language plpgsql stable
set search_path from current
as $$
declare
  -- A cluster's clock may be ahead.
  v_created timestamptz := least(date_trunc('hour', p_listed.created, 'UTC'), p_hour);
  v_held app.hopsworks_projects;
  v_last_end timestamptz;
  v_from timestamptz;
begin
  select * into v_held
  from app.hopsworks_projects r
  where r.hopsworks_cluster_id = p_cluster_id and r.namespace = p_listed.namespace and r.to_hour = 'infinity'
  limit 1;
  if v_held.hopsworks_project_id = p_listed.id then
    if v_held.owner_username <> p_listed.owner_username then
      -- Nobody says when that changed.
      v_from := greatest(v_held.from_hour, p_hour);
    end if;
  elsif v_held.id is not null then
    v_from := greatest(
      v_held.from_hour,
      v_created,
      -- What was attributed by hand stays so up to when that was done.
      case when v_held.hopsworks_project_id is null then date_trunc('hour', v_held.created_at, 'UTC') end
    );
  else
    select max(r.to_hour) into v_last_end
    from app.hopsworks_projects r
    where r.hopsworks_cluster_id = p_cluster_id and r.namespace = p_listed.namespace;
    -- A cluster writes its own time zone's hours, so the first owner whom we see is believed to have been there half a day
    -- before.
    v_from := case
      when v_last_end is not null then greatest(v_last_end, v_created)
      else coalesce(date_trunc('hour', p_listed.created, 'UTC') - interval '14 hours', '-infinity')
    end;
    v_from := least(v_from, p_hour);
  end if;
  return row(p_listed, v_held.id, v_held.user_id, v_from)::judged_project;
end
$$;

-- Whose an account on a cluster is, by its name there. While two have it, nobody knows; a look at all users tells.
create function user_on_cluster(p_cluster_id uuid, p_username text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select min(u.user_id)
    from (
      select a.user_id
      from app.hopsworks_accounts a
      where a.hopsworks_cluster_id = p_cluster_id and a.hopsworks_username between p_username and p_username
      order by a.hopsworks_username
      limit 2
    ) u
    having count(*) = 1
  );
end
$$;

grant execute on function settle_projects(jsonb) to provisioner;
