-- Erases the persons of these users: address, name, metadata and whatever else tells who they were. What stays is a bare id,
-- with the ledger and the usage of the account, which must go on adding up. Whoever is not deleted is left as they are; who
-- has been erased is so again, with what came afterwards. `docs/operate.md` has the list of what stays, and why.
create function erase_persons(p_user_ids text[]) returns void
language plpgsql
set search_path from current
as $$
declare
  v_ids text[] := array(
    select u.id
    from public.users u
    where u.id = any (p_user_ids) and (u.status = 'deleted') is true
    order by u.id
    for no key update
  );
  v_emails text[] := array(
    select lower(u.email collate "C") from public.users u where u.id = any (v_ids) and (u.email is not null) is true
  );
begin
  if cardinality(v_ids) = 0 then
    return;
  end if;
  -- Instances before accounts, as everywhere: what `provision` settles meanwhile is seen below, or comes afterwards.
  perform from public.instances i where i.user_id = any (v_ids) order by i.user_id for no key update;
  perform erase_from_users(v_ids);
  -- A name may have been given by hand. Ours is made from the id.
  update public.instances i
  set instance_name = app.instance_name(i.user_id), hopsworks_url = null
  where i.user_id = any (v_ids) and (i.instance_name, i.hopsworks_url) is distinct from (app.instance_name(i.user_id), null);
  perform erase_from_clusters(v_ids);
  -- Their deployments ended with them.
  delete from public.clusters d where d.user_id = any (v_ids);
  delete from app.login_events l where l.user_id = any (v_ids);
  perform erase_invites(v_ids, v_emails);
  perform erase_audit_details(v_ids);
  delete from app.taken_over t where app.texts_of(t.row_id, t.before) && (
    v_emails || array(select case when id like '%@%' then lower(id collate "C") else id end from unnest(v_ids) id)
  ) collate "C"
    -- Not somebody else's row, which refers to them.
    and (t.table_name = 'users' and t.row_id <> all (v_ids)) is not true;
end
$$;

-- The row itself, with the columns that the web app has added to it: these become what they are in a new row.
create function erase_from_users(p_ids text[]) returns void
language plpgsql
set search_path from current
as $$
declare
  v_columns text[] := columns_of_the_web_app();
begin
  if cardinality(v_columns) > 0 then
    execute format(
      'update public.users set %s where id = any ($1)',
      (select string_agg(format('%I = default', c), ', ') from unnest(v_columns) c)
    ) using p_ids;
  end if;
  update public.users u
  set email = null,
      email_verified = false,
      name = null,
      metadata = '{}',
      login_count = 0,
      last_login_at = null,
      profile_at = null,
      profile_request_id = null,
      erased_at = coalesce(u.erased_at, app.now())
  where u.id = any (p_ids);
end
$$;

-- Columns of `users` that no migration made and that can be emptied.
create function columns_of_the_web_app() returns text[]
language plpgsql stable
set search_path from current
as $$
declare
  c_ours constant text[] := '{
    id, email, email_verified, name, is_admin, status, suspended_with_owner, suspended_for, account_owner_id, waiting_since,
    waiting_cluster_id, login_count, last_login_at, profile_at, profile_request_id, metadata, created_at, updated_at,
    deleted_at, erased_at, closed_spans, is_owner, owner_must_be_owner
  }';
begin
  return array(
    select a.attname::text
    from pg_attribute a
    where a.attrelid = 'public.users'::regclass
      and a.attnum > 0
      and not a.attisdropped
      and a.attgenerated = ''
      and a.attname <> all (c_ours)
      and (a.atthasdef or not a.attnotnull)
    order by a.attnum
  );
end
$$;

-- What we know of their accounts and projects on clusters. An account that is not deactivated yet is still needed for that,
-- and a project that is still theirs is listed again and again: triggers forget these afterwards.
create function erase_from_clusters(p_ids text[]) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.hopsworks_accounts a
  set hopsworks_user_id = null,
      hopsworks_username = null,
      seen_status = null,
      seen_projects = null,
      seen_at = null,
      error_detail = null
  where a.user_id = any (p_ids)
    and (
      a.wanted = 'deactivated' and a.done_revision = a.revision
      -- Made and ended by hand.
      or not app.provisions(a.hopsworks_cluster_id)
    );
  update app.hopsworks_accounts a set error_detail = null where a.user_id = any (p_ids) and a.error_detail is not null;
  -- A list of projects may be ending one right now: wait for it, and then see it.
  perform from app.hopsworks_projects p where p.user_id = any (p_ids) order by p.id for no key update;
  update app.hopsworks_projects p
  set owner_username = 'erased'
  where p.user_id = any (p_ids) and p.to_hour < 'infinity' and p.owner_username is not null;
end
$$;

-- Invites by them, and to them. One to their address that is still open is somebody else's: it ends by itself.
create function erase_invites(p_ids text[], p_emails text[]) returns void
language plpgsql
set search_path from current
as $$
begin
  delete from public.team_invites i where i.account_owner_id = any (p_ids);
  delete from public.team_invites i where i.accepted_by_user_id = any (p_ids);
  delete from public.team_invites i
  where lower(i.email collate "C") = any (p_emails)
    and (i.accepted_at is not null or i.withdrawn_at is not null or i.expires_at <= app.now());
end
$$;

-- What was changed about them. That it was, by whom and when, stays.
create function erase_audit_details(p_ids text[]) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.audit_details d
  set before = null, after = null, erased_at = app.now()
  where d.id = any (array(
      select e.id from unnest(p_ids) u (id) cross join lateral (select x.id from app.audit_entries x where x.target = u.id) e
      union all
      -- The address that they took over from another account.
      select e.id
      from unnest(p_ids) u (id)
      cross join lateral (
        select x.id from app.audit_entries x where x.actor = u.id and (x.action = 'users.release_email') is true
      ) e
    ))
    and (d.erased_at is null) is true;
end
$$;
