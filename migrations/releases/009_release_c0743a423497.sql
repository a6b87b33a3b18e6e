-- shared/sql/accounts/authorize.sql

-- Who may call an endpoint: it says so itself, in the kinds that it passes to `authorize`. What `caller.must_be` says
-- comes from outside, so it opens no door: it says whom the token was taken for, and is compared with these kinds.

-- Answers the calling user, whose token has been checked before. The user must exist, be active, and be what the
-- endpoint asks for: `user` (anybody), `owner` or `admin`. Two kinds take the suspended too: `user_or_suspended_owner`,
-- what an owner needs to see what they owe, and `user_or_suspended`, what anybody may know about themselves. Who is
-- suspended is answered as no administrator. A `machine`, a payment `processor` and the `schedule` are no users, and are
-- answered with null: what a machine may do stands in its token, and who a processor is in its signature, and both have been
-- checked there.
create function authorize(args jsonb, variadic p_kinds text[]) returns public.users
language plpgsql stable
set search_path from current
as $$
declare
  v_kind text := require_kind(args, p_kinds);
  v_id text := args #>> '{caller,sub}';
  v_user public.users;
begin
  if v_kind in ('machine', 'processor', 'schedule') then
    return null;
  end if;
  select * into v_user from public.users where id between v_id and v_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP403',
      message = 'account_unknown',
      detail = 'No account belongs to this sign-in yet. Call POST /api/auth/me with this token first.';
  end if;
  if v_kind = 'user_or_suspended_owner' then
    perform require_active_or_owner(v_user);
  elsif v_kind <> 'user_or_suspended' or v_user.status <> 'suspended' then
    perform require_active(v_user);
  end if;
  v_user.is_admin := v_user.is_admin and v_user.status = 'active';

  if v_kind = 'admin' and not v_user.is_admin then
    raise exception using
      errcode = 'AP403',
      message = 'admin_only',
      detail = 'Only an administrator may do this. Ask one to do it.';
  end if;
  if v_kind = 'owner' and v_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP403',
      message = 'account_owner_only',
      detail = 'Only the owner of the account may do this. Ask them to do it.';
  end if;
  return v_user;
end
$$;

-- Answers what the caller was taken for, which must be one of these kinds. A machine and a processor have a name: it stands
-- beside what they write. A refusal has no message for a caller: Rust calls as nothing else, so it is a bug of ours, or somebody has
-- the password of `api`.
create function require_kind(args jsonb, p_kinds text[]) returns text
language plpgsql immutable
set search_path from current
as $$
declare
  v_kind text := args #>> '{caller,must_be}';
begin
  if v_kind is null or v_kind <> all (p_kinds) then
    raise exception using
      errcode = 'insufficient_privilege',
      message = format('this is for %s, and not for %s', array_to_string(p_kinds, ', '), coalesce(v_kind, 'nobody'));
  end if;
  case v_kind
    when 'user', 'user_or_suspended_owner', 'user_or_suspended', 'owner', 'admin', 'schedule' then
      null;
    when 'machine', 'processor' then
      if coalesce(btrim(args #>> '{caller,sub}'), '') = '' then
        raise exception using errcode = 'insufficient_privilege', message = format('a %s without a name calls nothing', v_kind);
      end if;
    else
      raise exception using errcode = 'insufficient_privilege', message = format('there are no callers of kind %s', v_kind);
  end case;
  return v_kind;
end
$$;

-- shared/sql/accounts/describe_account.sql

-- How far an account on a Hopsworks cluster is, which is not stored:
--
--   off       made by hand
--   ready     as it should be
--   pending   to be made so
--   failing   tried in vain, and tried again by itself
--   stuck     waits for a person, as its code says
create function account_state(
  p_account app.hopsworks_accounts,
  p_cluster app.hopsworks_provisioning,
  p_has_key boolean
) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return case
    when p_account.user_id is null or p_cluster.provisions is not true or not p_has_key then 'off'
    when p_account.done_revision = p_account.revision then 'ready'
    when p_account.stuck_since is not null then 'stuck'
    when p_account.attempts > 0 or p_cluster.error_code is not null then 'failing'
    else 'pending'
  end;
end
$$;

-- The account beside a seat: its state, since when it should be as it should be or is, and why it is not. One that is made
-- by hand is so for as long as there has been a seat.
create function describe_account(
  p_account app.hopsworks_accounts,
  p_cluster app.hopsworks_provisioning,
  p_has_key boolean,
  p_assigned_at timestamptz
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_state text := account_state(p_account, p_cluster, p_has_key);
begin
  return jsonb_strip_nulls(jsonb_build_object(
    'state', v_state,
    'since', case v_state
      when 'off' then p_assigned_at
      when 'ready' then p_account.done_at
      when 'stuck' then p_account.stuck_since
      else p_account.wanted_since
    end,
    'code', case v_state
      -- The cluster's failure is why no account there can be tried.
      when 'failing' then coalesce(p_cluster.error_code, p_account.error_code)
      when 'stuck' then p_account.error_code
    end
  ));
end
$$;

-- shared/sql/accounts/describe_place.sql

-- Where a user sits, or since when they wait.
create function describe_place(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'user_id', u.id,
      'account_owner_id', u.account_owner_id,
      'assignment', u.assignment,
      'waiting_since', u.waiting_since,
      'place_in_queue', u.place_in_queue,
      'instance', u.instance,
      'hopsworks_account', u.hopsworks_account
    )
    from described_users u
    where u.id = p_user_id
  );
end
$$;

-- The same for the audit log, with the seats of the user's team, because the team moves with its owner.
create function describe_team_places(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select describe_place(p_user_id) || jsonb_build_object(
      'team', coalesce(
        jsonb_agg(jsonb_build_object('user_id', u.id, 'cluster_id', a.hopsworks_cluster_id) order by u.id),
        '[]'
      )
    )
    from public.users u
    left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
    where u.account_owner_id = p_user_id
  );
end
$$;

-- shared/sql/accounts/describe_queue_place.sql

-- A waiting user's place in the queue: an owner's among those who wait for any seat, a member's among those who wait for
-- one on the same cluster. 100 is that or later: nobody counts a long queue at each login. None for who does not wait, and for
-- a member whose owner has no seat.
create function describe_queue_place(p_user public.users) returns integer
language plpgsql stable
set search_path from current
-- In the order of the index, and so no further than to the limit, whatever the tables held when this was planned.
set enable_bitmapscan = off
set enable_sort = off
as $$
begin
  if p_user.waiting_since is null or p_user.account_owner_id is not null and p_user.waiting_cluster_id is null then
    return null;
  end if;
  if p_user.waiting_cluster_id is null then
    return (
      select 1 + count(*)::integer
      from (
        select
        from public.users w
        where w.is_owner and w.waiting_since is not null and (w.waiting_since, w.id) < (p_user.waiting_since, p_user.id)
        order by w.waiting_since, w.id
        limit 99
      ) ahead
    );
  end if;
  return (
    select 1 + count(*)::integer
    from (
      select
      from public.users w
      where w.waiting_cluster_id = p_user.waiting_cluster_id
        and (w.waiting_since, w.id) < (p_user.waiting_since, p_user.id)
      order by w.waiting_since, w.id
      limit 99
    ) ahead
  );
end
$$;

-- shared/sql/accounts/describe_totals.sql

-- What an account has, bought and used, as decimal strings. Users who were added by hand have no row yet: zeros.
create function describe_totals(p_credits public.user_credits) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'balance', coalesce(p_credits.balance, 0.00)::text,
    'total_purchased', coalesce(p_credits.total_purchased, 0.00)::text,
    'total_used', coalesce(p_credits.total_used, 0.00)::text,
    'cpu_hours_used', trim_scale(coalesce(p_credits.cpu_hours_used, 0))::text,
    'gpu_hours_used', trim_scale(coalesce(p_credits.gpu_hours_used, 0))::text,
    'storage_gb_months', trim_scale(coalesce(p_credits.storage_gb_months, 0))::text
  );
end
$$;

-- shared/sql/accounts/describe_user.sql

-- Users as they may see themselves (`description`): profile, owner, seat or place in the queue, instance, and the
-- account's credits if they own it. Money and quantities are decimal strings. A query that selects few columns joins
-- few tables.
create view described_users as
select
  u.id,
  u.account_owner_id,
  u.waiting_since,
  place.place_in_queue,
  place.assignment,
  place.instance,
  place.hopsworks_account,
  jsonb_build_object(
    'id', u.id,
    'email', u.email,
    'email_verified', u.email_verified,
    'name', u.name,
    'status', u.status,
    'suspended_for', u.suspended_for,
    'is_admin', u.is_admin,
    'login_count', u.login_count,
    'last_login_at', u.last_login_at,
    'created_at', u.created_at,
    'metadata', u.metadata,
    'account_owner_id', u.account_owner_id,
    'owner', case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name, 'email', o.email) end,
    'assignment', place.assignment,
    'waiting_since', u.waiting_since,
    'place_in_queue', place.place_in_queue,
    'instance', place.instance,
    'hopsworks_account', place.hopsworks_account,
    'credits', case
      when u.account_owner_id is null and uc.id is not null then describe_totals(uc)
    end
  ) as description
from public.users u
left join public.users o on o.id = u.account_owner_id
left join public.user_hopsworks_assignments a on a.user_id = u.id
left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = a.hopsworks_cluster_id
left join app.hopsworks_accounts k on k.user_id = u.id and k.hopsworks_cluster_id = a.hopsworks_cluster_id
left join public.instances i on i.user_id = u.id
left join public.user_credits uc on uc.user_id = u.id
cross join lateral (
  select
    case
      when a.id is not null then jsonb_build_object(
        'cluster_id', c.id,
        'cluster_name', c.name,
        'cluster_status', c.status,
        'api_url', c.api_url,
        'assigned_at', a.assigned_at
      )
    end as assignment,
    case
      when i.id is not null then jsonb_build_object(
        'id', i.id,
        'instance_name', i.instance_name,
        'status', i.status,
        'hopsworks_url', i.hopsworks_url,
        'created_at', i.created_at,
        'activated_at', i.activated_at
      )
    end as instance,
    case when a.id is not null then describe_account(k, p, c.api_key is not null, a.assigned_at) end as hopsworks_account,
    case when u.waiting_since is not null then describe_queue_place(u) end as place_in_queue
) place;

create function describe_user(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (select u.description from described_users u where u.id = p_user_id);
end
$$;

-- shared/sql/accounts/promote_admin.sql

-- Makes an active user an administrator. Answers false when there is no such user. For operators over the direct
-- connection only: the login role cannot execute it.
create function promote_admin(p_user_id text) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_was_admin boolean;
begin
  select is_admin into v_was_admin from public.users where id = p_user_id and (status = 'active') is true for no key update;
  if not found then
    return false;
  end if;
  update public.users set is_admin = true where id = p_user_id;
  insert into app.audit_log (actor, action, target, before, after)
  values (
    'operator',
    'users.promote',
    p_user_id,
    jsonb_build_object('is_admin', v_was_admin),
    jsonb_build_object('is_admin', true)
  );
  return true;
end
$$;

-- shared/sql/accounts/require_active.sql

-- Refuses suspended and deleted users.
create function require_active(p_user public.users) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_user.status = 'suspended' then
    raise exception using
      errcode = 'AP403',
      message = 'account_suspended',
      detail = case
        when p_user.suspended_with_owner then
          'This account is suspended together with its owner''s. Ask the owner, or leave the team and write to support.'
        when p_user.suspended_for = '{money}' then
          'This account is suspended because its credit is used up. You still see the bill, and a payment ends the suspension.'
        else 'This account is suspended. Write to support to have it reactivated.'
      end;
  end if;
  if p_user.status = 'deleted' then
    raise exception using
      errcode = 'AP403',
      message = 'account_deleted',
      detail = 'This account has been deleted. Ask support if it should not have been.';
  end if;
end
$$;

-- As `require_active`, but the owner of an account may be suspended: they see what they owe, and pay.
create function require_active_or_owner(p_user public.users) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_user.status <> 'suspended' or p_user.account_owner_id is not null then
    perform require_active(p_user);
  end if;
end
$$;

-- shared/sql/accounts/require_named_user.sql

-- Refuses an id of a path, as `InPath` says it, that may have been meant for another user. API Gateway decodes a path
-- twice, so that an id which holds `%` or `?` may arrive as another id.
create function require_unambiguous(p_named jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if (p_named ->> 'is_plain')::boolean and exists (
    -- In the words of the index.
    select from public.users u
    where u.id ~ '[%?]' and app.read_from_path(u.id) = p_named ->> 'id'
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'id_ambiguous',
      detail = format(
        'A path may change %s into another user''s id. Write the id that you mean as `~` and its base64url.', p_named ->> 'id'
      );
  end if;
end
$$;

-- Refuses the id of a path if it names no user, or might name two.
create function require_named_user(p_named jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform require_unambiguous(p_named);
  perform require_user(p_named ->> 'id');
end
$$;

-- shared/sql/accounts/require_user.sql

-- Refuses the id of a user who does not exist.
create function require_user(p_id text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform from public.users where id between p_id and p_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'user_unknown',
      detail = 'There is no user of this id. A user exists from the first login on.';
  end if;
end
$$;

-- shared/sql/accounts/require_visible.sql

-- Answers whose data is meant, if the caller may see it: their own, and an administrator everybody's. An unknown user
-- and one whom the caller may not see get the same refusal.
create function require_visible(p_caller public.users, p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
declare
  v_user_id text := coalesce(p_user_id, p_caller.id);
begin
  perform require_user(case when v_user_id = p_caller.id or p_caller.is_admin then v_user_id end);
  return v_user_id;
end
$$;

-- Answers whose billing is meant, if the caller may see it: an owner that of the account, an administrator everybody's,
-- a member none.
create function require_account(p_caller public.users, p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  if p_caller.account_owner_id is not null and (not p_caller.is_admin or coalesce(p_user_id, p_caller.id) = p_caller.id) then
    raise exception using
      errcode = 'AP403',
      message = 'billing_owner_only',
      detail = 'Credits and costs are for the owner of the account. Ask them.';
  end if;
  return require_visible(p_caller, p_user_id);
end
$$;

-- shared/sql/accounts/set_membership.sql

-- Makes a user a member of an account, or with the user's own id an account owner again, and writes from which day the
-- account pays for the user.
--
-- A day that has been billed stays where it was billed: if the user has usage today, the old account pays for today and
-- the new one from tomorrow (UTC). Otherwise the new one pays from today, or from `p_not_before` if that is later.
create function set_membership(
  p_user_id text,
  p_account_owner_id text,
  p_request_id text,
  p_not_before date default null
)
returns void
language plpgsql
set search_path from current
as $$
declare
  v_effective_on date;
begin
  -- Wait for usage that is being recorded, and then see it.
  perform lock_billing_terms();
  v_effective_on := greatest(
    (app.now() at time zone 'UTC')::date,
    p_not_before,
    (select max(date) + 1 from public.usage_daily where user_id = p_user_id),
    -- A call that began before midnight may get its turn after one that began later.
    (select max(effective_on) from app.account_memberships where user_id = p_user_id)
  );
  update public.users
  set account_owner_id = nullif(p_account_owner_id, id)
  where id = p_user_id;
  insert into app.account_memberships (user_id, effective_on, account_owner_id, request_id)
  values (p_user_id, v_effective_on, p_account_owner_id, p_request_id)
  on conflict (user_id, effective_on) do update
  set account_owner_id = excluded.account_owner_id,
      request_id = excluded.request_id,
      created_at = excluded.created_at;
end
$$;

-- True when this very request has put the user into that account: then it is being repeated.
create function is_membership_of_request(p_user_id text, p_account_owner_id text, p_request_id text)
returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from app.account_memberships
    where user_id = p_user_id and account_owner_id = p_account_owner_id and request_id = p_request_id
  );
end
$$;

-- shared/sql/accounts/standing.sql

-- Refuses a change that leaves no active administrator, whatever it was that took the last one.
create function require_administrator() returns void
language plpgsql
set search_path from current
as $$
begin
  if not exists (select from public.users where is_admin and (status = 'active') is true) then
    raise exception using
      errcode = 'AP409',
      message = 'last_admin',
      detail = 'This would leave no active administrator. Make somebody else one first.';
  end if;
end
$$;

-- Everything that a change can affect, for the audit log: the user, the seat, and the team.
create function describe_standing(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'name', u.name,
      'status', u.status,
      'suspended_with_owner', u.suspended_with_owner,
      'suspended_for', u.suspended_for,
      'is_admin', u.is_admin,
      'metadata', u.metadata,
      'account_owner_id', u.account_owner_id,
      'cluster_id', (select a.hopsworks_cluster_id from public.user_hopsworks_assignments a where a.user_id = u.id),
      'team', (
        select coalesce(jsonb_agg(jsonb_build_object('user_id', m.id, 'status', m.status) order by m.id), '[]')
        from public.users m
        where m.account_owner_id = u.id
      )
    )
    from public.users u
    where u.id = p_user_id
  );
end
$$;

-- shared/sql/erasure/erase_persons.sql

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

-- shared/sql/find_violations.sql

-- Finds at most `p_limit` violations of the invariants, by id, after `p_after` (an object of id, kind and detail, or
-- null), and answers where to go on.
--
-- It looks at slices of `p_users` users, or ten clusters, until enough is found or `p_enough_ms` are over. So no call
-- outlives its time-out however many users there are, and an empty page need not be the last. Each slice is planned for
-- its own bounds, which takes as long as looking at a hundred users.
create function find_violations(p_after jsonb, p_limit integer, p_users integer, p_enough_ms integer) returns json
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  -- A stopwatch: `app.now()` stands still during a call.
  v_enough_at timestamptz := clock_timestamp() + p_enough_ms * interval '1 ms';
  v_after_id text := coalesce(p_after ->> 'id', '');
  v_after_kind text := coalesce(p_after ->> 'kind', '');
  v_after_detail text := coalesce(p_after ->> 'detail', '');
  v_from text := v_after_id;
  v_to text;
  v_found json[] := '{}';
begin
  loop
    -- At most ten clusters, because all seats of a cluster are counted.
    v_to := least(
      (select u.id from public.users u where u.id > v_from order by u.id offset p_users - 1 limit 1),
      (
        select c.id::text collate "C"
        from public.hopsworks_clusters c
        where c.id::text collate "C" > v_from
        order by c.id
        offset 9
        limit 1
      )
    );
    v_found := v_found || array(
      select json_build_object('id', v.id, 'kind', v.kind, 'detail', v.detail)
      from app.invariant_violations v
      where v.id >= v_from
        and (v_to is null or v.id < v_to)
        and (v.id <> v_after_id or (v.kind, v.detail) > (v_after_kind, v_after_detail))
      order by v.id, v.kind, v.detail
      limit p_limit + 1 - cardinality(v_found)
    );
    exit when v_to is null or cardinality(v_found) > p_limit or clock_timestamp() > v_enough_at;
    v_from := v_to;
  end loop;
  if v_to is null or cardinality(v_found) > p_limit then
    return page(p_limit, v_found, array['id', 'kind', 'detail']);
  end if;
  return json_build_object(
    'items', to_json(v_found),
    'next', json_build_object('id', v_to, 'kind', '', 'detail', '')
  );
end
$$;

-- shared/sql/merge_patch.sql

-- Applies a JSON merge patch (RFC 7396): members of the patch replace, null removes, the rest stays.
create function merge_patch(p_target jsonb, p_patch jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_target jsonb := case when jsonb_typeof(p_target) = 'object' then p_target else '{}' end;
begin
  if jsonb_typeof(p_patch) <> 'object' then
    return p_patch;
  end if;
  return (
    select coalesce(jsonb_object_agg(merged.key, merged.value), '{}')
    from (
      select t.key, t.value
      from jsonb_each(v_target) t
      where not p_patch ? t.key
      union all
      select p.key, merge_patch(v_target -> p.key, p.value)
      from jsonb_each(p_patch) p
      where jsonb_typeof(p.value) <> 'null'
    ) merged
  );
end
$$;

-- Answers metadata after a change. It may not grow beyond 24 KiB, so that a page of 200 stays below the 6 MB that a
-- function may answer. Metadata that was larger before may stay as it is.
create function merge_metadata(p_metadata jsonb, p_patch jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  v_merged jsonb := merge_patch(p_metadata, coalesce(p_patch, '{}'));
begin
  if v_merged <> p_metadata and octet_length(v_merged::text) > 24576 then
    raise exception using
      errcode = 'AP400',
      message = 'metadata_too_large',
      detail = 'metadata: would hold more than 24 KiB after this change.';
  end if;
  return v_merged;
end
$$;

-- shared/sql/money/apportion.sql

-- Rounds the parts of a whole so that they add up to the rounded whole: each is rounded down, and the units that are then
-- left go to those that lost most (the largest remainder; of equal ones to the first). Answers how many units each part
-- is. Null is no part, and stays null.
create function apportion(p_parts numeric[], p_unit numeric, p_whole_units numeric) returns numeric[]
language plpgsql immutable
set search_path from current
as $$
begin
  return (
    with part as (
      select
        p.place,
        d.units,
        row_number() over (order by p.part is null, p.part - d.units * p_unit desc, p.place) as turn
      from unnest(p_parts) with ordinality p (part, place)
      cross join lateral (select div(p.part, p_unit) as units) t
      -- Downwards, also below zero.
      cross join lateral (select t.units - case when p.part < t.units * p_unit then 1 else 0 end as units) d
    ),
    rest as (
      -- Less than one unit for each part; or, where the whole was rounded otherwise than the parts' sum, one more or less.
      select w.units, w.parts, floor(w.units / w.parts) as for_each
      from (select p_whole_units - sum(units) as units, nullif(count(units), 0) as parts from part) w
    )
    select array_agg(
      p.units + r.for_each + case when p.turn <= r.units - r.for_each * r.parts then 1 else 0 end
      order by p.place
    )
    from part p
    cross join rest r
  );
end
$$;

-- shared/sql/money/count_parked_payments.sql

-- How many payments, refunds and disputes wait for a person; of more than a thousand nobody needs the number.
create function count_parked_payments() returns integer
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select count(*)::integer
    from (
      select
      from app.stripe_payments
      where state between 'parked' and 'parked'
      order by state, created_at desc, id desc
      limit 1000
    ) p
  );
end
$$;

-- shared/sql/money/credit_change.sql

-- A change of an account's credits: an amount of money, or what was used, and how much of its cost is of days of the
-- present month.
create type credit_change as (
  account_owner_id text collate "C",
  kind text,
  amount numeric,
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb_seconds numeric,
  scaled_cost_usd numeric,
  reference text,
  reason text,
  refunded_seq bigint,
  idempotency_key text collate "C",
  body_hash bytea,
  actor text collate "C",
  month_scaled_cost_usd numeric
);

-- shared/sql/money/entry.sql

-- Entries of the ledger. Amounts are decimal strings.
create view described_entries as
select
  t.id,
  t.account_owner_id,
  t.seq,
  t.idempotency_key,
  t.body_hash,
  jsonb_build_object(
    'id', t.id,
    'user_id', t.account_owner_id,
    'seq', t.seq,
    'kind', t.kind,
    'amount', t.amount::text,
    'balance_before', t.balance_before::text,
    'balance_after', t.balance_after::text,
    'reference', t.reference,
    'reason', t.reason,
    'refund_of', (
      select p.id
      from app.credit_transactions p
      where p.account_owner_id = t.account_owner_id and p.seq = t.refunded_seq
    ),
    'actor', t.actor,
    'created_at', t.created_at
  ) as description
from app.credit_transactions t;

-- Answers what an earlier call with this key was answered, or null for a new key. Calls with the same key run one after
-- the other. Another body under a known key is refused.
create function find_replay(p_key text, p_body_hash bytea) returns jsonb
language plpgsql
set search_path from current
as $$
declare
  v_known described_entries;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_key, pg_catalog.hashtext('app.idempotency')));
  select * into v_known from described_entries where idempotency_key = p_key;
  if not found then
    return null;
  end if;
  if v_known.body_hash <> p_body_hash then
    raise exception using
      errcode = 'AP409',
      message = 'idempotency_key_reused',
      detail = 'This Idempotency-Key came with another body before. Every write needs its own.';
  end if;
  return jsonb_build_object('entry', v_known.description, 'replayed', true);
end
$$;

-- Writes an entry for a purchase, refund or adjustment, with the idempotency key and the hash of the body, and answers
-- with it. The caller has locked the account by `lock_account_to_credit()`: money ends a suspension for want of it. It is
-- audited, whoever writes it.
create function write_entry(args jsonb, p_kind text, p_amount numeric, p_refunded_seq bigint)
returns jsonb
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_account_owner_id text := v_input ->> 'user_id';
  v_before public.user_credits;
  v_after public.user_credits;
  v_entry described_entries;
begin
  select * into strict v_before from public.user_credits where user_id = v_account_owner_id;
  perform post_entries(array[row(
    v_account_owner_id, p_kind, p_amount, null, null, null, null, v_input ->> 'reference', v_input ->> 'reason',
    p_refunded_seq, v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'), args #>> '{caller,sub}', null
  )::credit_change]);
  perform end_suspension_for_money(v_account_owner_id);
  select * into strict v_after from public.user_credits where user_id = v_account_owner_id;
  select * into strict v_entry from described_entries where account_owner_id = v_account_owner_id and seq = v_after.last_seq;
  perform write_audit(
    args,
    'credits.' || p_kind,
    v_account_owner_id,
    describe_all_totals(v_before),
    describe_all_totals(v_after) || jsonb_build_object('entry_id', v_entry.id)
  );
  return jsonb_build_object('entry', v_entry.description, 'replayed', false);
end
$$;

-- An account's sums, as the audit log has them before and after an entry.
create function describe_all_totals(p_credits public.user_credits) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return describe_totals(p_credits) || jsonb_build_object('total_adjusted', p_credits.total_adjusted::text);
end
$$;

-- shared/sql/money/lock_accounts.sql

-- Locks accounts in the order of their ids. Called before credits change, or what they are computed from.
create function lock_accounts(p_account_owner_ids text[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_locked integer;
begin
  perform from public.user_credits where user_id = any (p_account_owner_ids) order by user_id for no key update;
  get diagnostics v_locked = row_count;
  if v_locked < cardinality(p_account_owner_ids) then
    -- Users who were added by hand have no row yet.
    insert into public.user_credits (user_id)
    select a.id from unnest(p_account_owner_ids) as a (id) order by a.id
    on conflict (user_id) do nothing;
    perform from public.user_credits where user_id = any (p_account_owner_ids) order by user_id for no key update;
  end if;
end
$$;

-- shared/sql/money/lock_billing_terms.sql

-- The terms of billing are who pays for whom, and the prices. Recording usage holds them shared, so that a day is never
-- billed by terms that change at the same moment: a change waits for usage that is being recorded, and usage waits for
-- the change. The lock is taken before accounts and rows, and held until the transaction ends.
create function lock_billing_terms_shared() returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.terms'));
end
$$;

-- Taken to change the terms.
create function lock_billing_terms() returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.terms'));
end
$$;

-- shared/sql/money/namespace_hour.sql

-- What a namespace used in an hour.
create type namespace_hour as (
  hour timestamptz,
  namespace text collate "C",
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric
);

-- shared/sql/money/post_entries.sql

-- The only writer of the ledger. It changes each account's credits and adds the entry for it, in one statement. The
-- caller holds `lock_accounts()` and names each account once.
--
-- A change by usage carries what was used and its exact cost. The account is charged the rounded sum of all its costs
-- less what it was charged before, so the error never exceeds half a cent. Where the difference is zero there is no
-- entry.
--
-- What the change makes of the account's state is computed by a trigger (`app.set_credit_state`), but for the month: the
-- first change in a month begins it with nothing. A call that began in the month before does not go back to it.
create function post_entries(p_changes credit_change[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
begin
  with change as materialized (
    select
      c.*,
      uc.place,
      coalesce(uc.last_seq, 0) + 1 as seq,
      uc.balance as balance_before,
      case c.kind
        when 'usage' then uc.total_used - app.round_cost(uc.scaled_cost_usd + c.scaled_cost_usd)
        else c.amount
      end as moved
    from unnest(p_changes) c
    -- Looked up one after the other. The update finds each where it is stored: joined, a plan that was made while the table
    -- was empty would read all accounts for each change.
    cross join lateral (
      select ctid as place, * from public.user_credits where user_id = c.account_owner_id limit 1
    ) uc
  ),
  credited as (
    update public.user_credits uc
    set balance = uc.balance + c.moved,
        last_seq = case when c.moved <> 0 then c.seq else uc.last_seq end,
        -- A refund takes back a purchase.
        total_purchased = uc.total_purchased + case when c.kind in ('purchase', 'refund') then c.moved else 0 end,
        total_adjusted = uc.total_adjusted + case c.kind when 'adjustment' then c.moved else 0 end,
        total_used = uc.total_used - case c.kind when 'usage' then c.moved else 0 end,
        cpu_hours_used = uc.cpu_hours_used + coalesce(c.cpu_hours, 0),
        gpu_hours_used = uc.gpu_hours_used + coalesce(c.gpu_hours, 0),
        storage_gb_seconds = uc.storage_gb_seconds + coalesce(c.storage_gb_seconds, 0),
        storage_gb_months = round(
          (uc.storage_gb_seconds + coalesce(c.storage_gb_seconds, 0)) / app.billing_month_seconds(), 6
        ),
        scaled_cost_usd = uc.scaled_cost_usd + coalesce(c.scaled_cost_usd, 0),
        month = greatest(uc.month, v_month),
        month_scaled_cost_usd = case
          when uc.month > v_month then uc.month_scaled_cost_usd
          when uc.month < v_month then coalesce(c.month_scaled_cost_usd, 0)
          else uc.month_scaled_cost_usd + coalesce(c.month_scaled_cost_usd, 0)
        end,
        updated_at = app.now()
    from change c
    where uc.ctid = c.place
  )
  insert into app.credit_transactions (
    account_owner_id, seq, kind, amount, balance_before, balance_after,
    reference, reason, refunded_seq, idempotency_key, body_hash, actor
  )
  select
    c.account_owner_id, c.seq, c.kind, c.moved, c.balance_before, c.balance_before + c.moved,
    c.reference, c.reason, c.refunded_seq, c.idempotency_key, c.body_hash, c.actor
  from change c
  where c.moved <> 0
  order by c.account_owner_id;
end
$$;

-- shared/sql/money/priced_reading.sql

-- One reading of a batch, who pays for it, and at which price.
create type priced_reading as (
  index integer,
  rejection text,
  source text collate "C",
  user_id text collate "C",
  project text collate "C",
  window_start timestamptz,
  window_end timestamptz,
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric,
  date date,
  account_owner_id text collate "C",
  rate_effective_on date,
  cpu_hour_usd numeric,
  gpu_hour_usd numeric,
  storage_gb_month_usd numeric
);

-- shared/sql/money/require_buyer.sql

-- Refuses whoever has no account that buys.
create function require_buyer(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_user public.users;
begin
  perform require_user(p_user_id);
  select * into v_user from public.users where id between p_user_id and p_user_id order by id limit 1;
  if v_user.status = 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This account has been deleted and buys nothing. Return the payment.';
  end if;
  if v_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'user_is_member',
      detail = format('This user belongs to the account of %s, which pays for them. Record it there.', v_user.account_owner_id);
  end if;
end
$$;

-- shared/sql/money/suspension_for_money.sql

-- Who is suspended because their account has been exhausted for longer than its grace period: the owner, and the team with
-- them. Administrators are not, so that nobody is left without one.
create function is_suspended_for_money(p_account_owner_id text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce((
    select 'money' = any (u.suspended_for)
    from public.users u
    where u.id between p_account_owner_id and p_account_owner_id
    order by u.id
    limit 1
  ), false);
end
$$;

-- Locks an account that is about to be paid for, corrected, or given another policy. If its owner is suspended for money,
-- that may end with it, which takes the lock of the seats, and that comes before accounts. Few payments need it.
create function lock_account_to_credit(p_account_owner_id text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_has_seats boolean := is_suspended_for_money(p_account_owner_id);
begin
  if v_has_seats then
    perform lock_seats();
  end if;
  perform lock_accounts(array[p_account_owner_id]);
  if not v_has_seats and is_suspended_for_money(p_account_owner_id) then
    -- The daily work has found it just now.
    raise exception using
      errcode = 'serialization_failure',
      message = 'the owner of the account was suspended for money meanwhile';
  end if;
end
$$;

-- Ends the suspension for money of whose account is overdue no longer. The caller has locked the account by
-- `lock_account_to_credit()`.
create function end_suspension_for_money(p_account_owner_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if is_suspended_for_money(p_account_owner_id) and not exists (
    select from public.user_credits c where c.user_id = p_account_owner_id and (c.state = 'overdue') is true
  ) then
    perform lift_suspension(p_account_owner_id, 'money');
    perform place_waiting();
  end if;
end
$$;

-- Which of these accounts have an owner who is not suspended for money and should be, or who is and should not.
create function find_unsettled_suspensions(p_account_owner_ids text[]) returns text[]
language plpgsql stable
set search_path from current
as $$
begin
  return array(
    select c.user_id
    from unnest(p_account_owner_ids) a (id)
    cross join lateral (select * from public.user_credits where user_id between a.id and a.id order by user_id limit 1) c
    cross join lateral (select * from public.users where id between a.id and a.id order by id limit 1) u
    where (c.state = 'overdue' and u.status <> 'deleted' and u.account_owner_id is null and not u.is_admin)
      <> ('money' = any (u.suspended_for))
    order by c.user_id
  );
end
$$;

-- Suspends the owners of those of these accounts that are overdue, and ends the suspensions of those that are not. The
-- caller holds `lock_seats()` and `lock_accounts()`. `p_most` of them at most, and answers how many.
create function settle_suspensions(p_account_owner_ids text[], p_most integer default 1000) returns integer
language plpgsql
set search_path from current
as $$
declare
  v_unsettled text[] := (find_unsettled_suspensions(p_account_owner_ids))[1:p_most];
  v_account_owner_id text;
begin
  foreach v_account_owner_id in array v_unsettled
  loop
    if is_suspended_for_money(v_account_owner_id) then
      perform lift_suspension(v_account_owner_id, 'money');
    else
      perform suspend_user(v_account_owner_id, 'money');
    end if;
  end loop;
  if v_unsettled <> '{}' then
    perform place_waiting();
  end if;
  return cardinality(v_unsettled);
end
$$;

-- shared/sql/page.sql

-- Answers a page of a list: at most `p_limit` items, and where the next page begins, or null at the end. The caller has
-- read one item more than `p_limit`. A position is the last item's members `p_position`, by which the list is ordered.
-- A page of large items is shorter, because a function may answer 6 MB at most.
--
-- Items are `json`, which is kept as it is written: as `jsonb` a page would be parsed, and written again, for nothing.
create function page(
  p_limit integer,
  p_items json[],
  p_position text[] default array['created_at', 'id']
) returns json
language plpgsql immutable
set search_path from current
as $$
declare
  c_most_bytes constant integer := 4000000;
  v_count integer := greatest(
    (
      select (count(*) filter (where s.bytes <= c_most_bytes))::integer
      from (
        select sum(octet_length(i.item::text)) over (order by i.place) as bytes
        from unnest(p_items[1:p_limit]) with ordinality as i (item, place)
      ) s
    ),
    least(1, cardinality(p_items))
  );
begin
  return json_build_object(
    'items', p_items[1:v_count],
    'next', case
      when cardinality(p_items) > v_count then (
        select json_object_agg(part, p_items[v_count] -> part) from unnest(p_position) as position (part)
      )
    end
  );
end
$$;

-- shared/sql/pause_after.sql

-- How long to leave alone what has failed so many times: no two for equally long, and never shorter than the other side
-- asked for.
create function pause_after(p_attempts integer, p_asked_s integer, p_longest interval default '1 hour') returns interval
language plpgsql
set search_path from current
as $$
begin
  return greatest(
    least(interval '5 seconds' * 2 ^ least(p_attempts, 20), p_longest) * (0.75 + random() / 4),
    least(coalesce(p_asked_s, 0) * interval '1 second', p_longest)
  );
end
$$;

-- shared/sql/seats/enqueue_for_seat.sql

-- Takes away an active user's seat, if there is one, and puts the user into the queue. A user who waits already keeps
-- their place in it. The caller holds `lock_seats()` and then calls `place_waiting()`, which may seat the user
-- at once. A newcomer, who has no seat to free, needs no more than `lock_seats_shared()`.
create function enqueue_for_seat(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    delete from public.user_hopsworks_assignments where user_id = p_user_id;
  end if;
  update public.users
  set waiting_since = app.now()
  where id = p_user_id and (status = 'active') is true and waiting_since is null;
  if found then
    insert into public.instances as i (user_id, instance_name)
    values (p_user_id, app.instance_name(p_user_id))
    on conflict (user_id) do update set status = 'provisioning', hopsworks_url = null where i.status <> 'deleted';
  end if;
end
$$;

-- shared/sql/seats/lock_seats.sql

-- Decisions about seats, of two kinds. Either lock is held until the transaction ends, and taken before any row.
-- Waiting for it ends before the Auth0 Action gives up on us (after 3 s): it hears that we are busy, and nobody waits
-- for a login that has gone on without us.

-- Held alone by whatever frees, moves or adds seats, seats who waits, or changes who may sit where. Nobody joins the
-- waiting list just when room is made.
create function lock_seats() returns void
language plpgsql
set search_path from current
set lock_timeout = '2s'
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.seats'));
end
$$;

-- Shared by newcomers. While it is held, room only shrinks. So a newcomer who finds a free seat needs the row of its
-- cluster and nothing else, and one who finds none may join the queue: whoever makes room waits for that, and sees it.
create function lock_seats_shared() returns void
language plpgsql
set search_path from current
set lock_timeout = '2s'
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtext('app.seats'));
end
$$;

-- shared/sql/seats/move_account.sql

-- Seats an account owner and the whole team on one cluster, or refuses and moves nobody. A team is the owner and every
-- member who has a seat or waits for one. The caller holds `lock_seats()` and then calls `place_waiting()` for
-- the seats that became free.
create function move_account(p_user_id text, p_cluster_id uuid) returns void
language plpgsql
set search_path from current
as $$
declare
  v_owner_id text := (select account_owner_id from public.users where id = p_user_id);
  v_cluster public.hopsworks_clusters;
  v_team text[];
  v_needed bigint;
begin
  select * into v_cluster from public.hopsworks_clusters where id = p_cluster_id for no key update;
  perform require_hopsworks_cluster(p_cluster_id);
  if exists (
    select from public.user_hopsworks_assignments where user_id = p_user_id and hopsworks_cluster_id = p_cluster_id
  ) then
    return;
  end if;
  if v_owner_id is not null and not exists (
    select from public.user_hopsworks_assignments where user_id = v_owner_id and hopsworks_cluster_id = p_cluster_id
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'member_follows_owner',
      detail = 'A member sits where the owner sits. Move the owner, and the team moves along.';
  end if;
  if v_cluster.status in ('maintenance', 'inactive') then
    raise exception using
      errcode = 'AP409',
      message = 'hopsworks_cluster_unavailable',
      detail = format('The status of this cluster is %s: it takes nobody. Name another, or make it active.', v_cluster.status);
  end if;

  select array_agg(u.id order by u.id), count(*)
  into v_team, v_needed
  from (
    select id, true as is_meant from public.users where id = p_user_id
    union all
    select id, waiting_since is not null from public.users where account_owner_id = p_user_id
  ) u
  left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
  where (u.is_meant or a.id is not null) and a.hopsworks_cluster_id is distinct from p_cluster_id;
  if v_cluster.max_users - v_cluster.current_users < v_needed then
    raise exception using
      errcode = 'AP409',
      message = 'no_free_seat',
      detail = format(
        'This cluster has %s free seats, and %s are needed. Choose another, or raise its max_users.',
        v_cluster.max_users - v_cluster.current_users,
        v_needed
      );
  end if;
  perform from public.users where id = any (v_team) order by id for no key update;
  insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id)
  select member.id, p_cluster_id
  from unnest(v_team) as member (id)
  on conflict (user_id) do update
  set hopsworks_cluster_id = excluded.hopsworks_cluster_id, assigned_at = app.now();
end
$$;

-- shared/sql/seats/place_newcomer.sql

-- Gives a user who has just been created the seat that is due, or a place in the queue. The caller holds
-- `lock_seats_shared()`, or `lock_seats()`.
--
-- Newcomers are placed at the same time. Each takes the `active` cluster with the fewest users where nobody else is
-- sitting down right now. Where that is so everywhere, they wait for the fewest used. So "the fewest users" is exact but
-- for the sign-ups under way.
create function place_newcomer(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  if queue_can_move() then
    -- Somebody made room and could not seat all who wait. That goes on in their order, and alone.
    raise exception using errcode = 'serialization_failure', message = 'who waits is seated first';
  end if;
  loop
    select c.id
    into v_cluster_id
    from public.hopsworks_clusters c
    where c.status = 'active'
    order by c.current_users, c.created_at, c.id
    limit 1
    for no key update skip locked;
    if v_cluster_id is null then
      select c.id
      into v_cluster_id
      from public.hopsworks_clusters c
      where c.status = 'active'
      order by c.current_users, c.created_at, c.id
      limit 1
      for no key update;
    end if;
    exit when v_cluster_id is not null or not exists (select from public.hopsworks_clusters where status = 'active');
  end loop;
  if v_cluster_id is null then
    perform enqueue_for_seat(p_user_id);
  else
    insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values (p_user_id, v_cluster_id);
  end if;
end
$$;

-- Which lock a login needs, by what can be seen before it holds one: `shared`, `alone` or `none`. None for a user who
-- sits, and for one who waits while nothing is free for them.
create function seat_lock_of_login(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
declare
  v_user public.users;
begin
  if exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    return 'none';
  end if;
  select * into v_user from public.users where id = p_user_id;
  if not found then
    return case when queue_can_move() then 'alone' else 'shared' end;
  end if;
  return case
    when v_user.waiting_since is null and v_user.status = 'active' then 'alone'
    when v_user.waiting_since is null or not exists (
      select
      from public.hopsworks_clusters c
      where c.status = 'active' and (v_user.is_owner or c.id = v_user.waiting_cluster_id)
    ) then 'none'
    else 'alone'
  end;
end
$$;

-- True when somebody waits who could sit down now.
create function queue_can_move() returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from public.hopsworks_clusters c
    where c.status = 'active'
      and (
        exists (select from public.users u where u.waiting_since is not null and u.is_owner)
        or exists (select from public.users u where u.waiting_cluster_id = c.id)
      )
  );
end
$$;

-- shared/sql/seats/place_user.sql

-- Gives an active user without a seat the one that is due, or a place in the queue. Nobody is overtaken: whoever waits
-- longer and could sit there sits first. While more users wait than one call seats, this one waits behind them. A user
-- who waits already keeps their place. The caller holds `lock_seats()`.
create function place_user(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  -- Somebody may be seating this user by hand right now: wait for that, and then see it.
  perform from public.users where id = p_user_id for no key update;
  if not exists (select from public.user_hopsworks_assignments where user_id = p_user_id) then
    -- Where nobody waits, a user can sit down without going through the queue.
    if not exists (select from public.users where waiting_since is not null) and seat_user(p_user_id) then
      return;
    end if;
    perform enqueue_for_seat(p_user_id);
  end if;
  -- Fewer than an administrator's call seats: at a login a person waits, and all other logins wait behind it.
  perform place_waiting(100);
end
$$;

-- Seats an active user who has no seat: an account owner on the `active` cluster (one with free seats) that has the
-- fewest users, a member on the owner's cluster and nowhere else. Answers false when there is no such seat.
create function seat_user(p_user_id text) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_cluster_id uuid;
begin
  perform from public.users where id = p_user_id for no key update;
  loop
    select c.id
    into v_cluster_id
    from public.users u
    left join public.user_hopsworks_assignments own on own.user_id = u.id
    left join public.user_hopsworks_assignments owners on owners.user_id = u.account_owner_id
    join public.hopsworks_clusters c
      on c.status = 'active' and (u.account_owner_id is null or c.id = owners.hopsworks_cluster_id)
    where u.id = p_user_id and (u.status = 'active') is true and own.id is null
    order by c.current_users, c.created_at, c.id
    limit 1;
    exit when v_cluster_id is null;

    -- Somebody may be editing clusters by hand: take the seat only if there still is one, else look again.
    perform from public.hopsworks_clusters where id = v_cluster_id and status = 'active' for no key update;
    if found then
      -- By trigger: set_seat, count_seats with set_cluster (seats, status), sync_seat with set_waiting (queue,
      -- instance).
      insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values (p_user_id, v_cluster_id);
      return true;
    end if;
  end loop;
  return false;
end
$$;

-- shared/sql/seats/place_waiting.sql

-- Seats everybody who waits and can be seated, the longest waiting first: an owner on the active cluster with the
-- fewest users, a member on the owner's cluster. Called after room was made, or after a change of who may sit where.
-- The caller holds `lock_seats()`.
--
-- One call seats `p_most` users at most, so that no statement outlives its time-out however long the queue is. The next
-- call goes on where this one stopped, and nobody is seated past those who are left.
create function place_waiting(p_most integer default 1000) returns void
language plpgsql
set search_path from current
as $$
declare
  v_user_id text;
begin
  for v_turn in 1 .. p_most
  loop
    -- The first owner and the first member of each cluster are looked up by index, because most users who wait may wait
    -- for clusters that are full. (After edits by hand a user may sit and still wait, or wait for another cluster than
    -- the owner's. Such a user must not hold up the others.)
    select w.id
    into v_user_id
    from (
      (
        select u.waiting_since, u.id
        from public.users u
        where u.waiting_since is not null
          and u.is_owner
          and (select own.id from public.user_hopsworks_assignments own where own.user_id = u.id) is null
          and exists (select from public.hopsworks_clusters c where c.status = 'active')
        order by u.waiting_since, u.id
        limit 1
      )
      union all
      select m.waiting_since, m.id
      from public.hopsworks_clusters c
      cross join lateral (
        select u.waiting_since, u.id
        from public.users u
        where u.waiting_cluster_id = c.id
          -- Looked up for one user after the other, because a join would read all seats of the cluster.
          and c.id = (
            select owners.hopsworks_cluster_id
            from public.user_hopsworks_assignments owners
            where owners.user_id = u.account_owner_id
          )
          and (select own.id from public.user_hopsworks_assignments own where own.user_id = u.id) is null
        order by u.waiting_since, u.id
        limit 1
      ) m
      where c.status = 'active'
    ) w
    order by w.waiting_since, w.id
    limit 1;
    exit when v_user_id is null;
    perform seat_user(v_user_id);
  end loop;
end
$$;

-- shared/sql/seats/require_hopsworks_cluster.sql

-- Refuses the id of a cluster that does not exist.
create function require_hopsworks_cluster(p_id uuid) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from public.hopsworks_clusters where id = p_id) then
    raise exception using
      errcode = 'AP404',
      message = 'hopsworks_cluster_unknown',
      detail = 'There is no Hopsworks cluster of this id. GET /api/admin/hopsworks-clusters lists them.';
  end if;
end
$$;

-- shared/sql/status/set_user_status.sql

-- Suspends, reactivates or deletes a user as an administrator does, with everything that follows from it. The caller
-- holds `lock_seats()` and calls `place_waiting()` afterwards.
--
-- Deleting frees the seat and withdraws open invites, and a trigger (`end_deployments`) ends the deployments with their
-- keys. An owner with members cannot be deleted, because the members would belong to nobody.
create function set_user_status(p_user_id text, p_status text) returns void
language plpgsql
set search_path from current
as $$
begin
  if p_status = 'deleted' then
    if exists (select from public.users where account_owner_id = p_user_id) then
      raise exception using
        errcode = 'AP409',
        message = 'has_members',
        detail = 'This account has members. Remove them from the team first.';
    end if;
    delete from public.user_hopsworks_assignments where user_id = p_user_id;
    if exists (select from public.users where id = p_user_id and account_owner_id is not null) then
      -- Deleting a user ends the membership, so that the owner can be deleted later. What was used on this day may not
      -- have been reported yet: the owner pays for it to the end of the day.
      perform set_membership(p_user_id, p_user_id, null, (app.now() at time zone 'UTC')::date + 1);
    end if;
    update public.users
    set status = 'deleted', suspended_with_owner = false, suspended_for = '{}', waiting_since = null, deleted_at = app.now()
    where id = p_user_id and status <> 'deleted';
    update public.instances set status = 'deleted', deleted_at = app.now() where user_id = p_user_id and status <> 'deleted';
    update public.team_invites
    set withdrawn_at = app.now()
    where account_owner_id = p_user_id and accepted_at is null and withdrawn_at is null;
    return;
  end if;

  if p_status = 'suspended' then
    perform suspend_user(p_user_id, 'administrator');
    return;
  end if;
  perform lift_suspension(p_user_id, 'administrator');
  -- Of a member whose owner is active, whatever made it so.
  perform lift_suspension(p_user_id, 'owner');
end
$$;

-- shared/sql/status/suspend_user.sql

-- Suspensions. Each has a set of reasons (`administrator`, `money`, `owner`), and each reason ends by itself alone. Whoever
-- calls these holds `lock_seats()`.

-- Suspends a user for a reason, once more if for another one already. It keeps the seat and stops the instance. With an
-- owner the active members are suspended, and come back with the owner. Want of money suspends no administrator, so that
-- nobody is left without one. A member who was suspended with the owner and
-- now is by an administrator does not.
create function suspend_user(p_user_id text, p_reason text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_members text[];
begin
  update public.users u
  set status = 'suspended',
      waiting_since = null,
      suspended_with_owner = false,
      suspended_for = array(select r from unnest(array_remove(u.suspended_for, 'owner') || p_reason) r order by r)
  where u.id = p_user_id and u.status <> 'deleted' and p_reason <> all (u.suspended_for);
  if not found then
    return;
  end if;
  with changed as (
    update public.users
    set status = 'suspended', waiting_since = null, suspended_with_owner = true, suspended_for = '{owner}'
    where account_owner_id = p_user_id and (status = 'active') is true and not (p_reason = 'money' and is_admin)
    returning id
  )
  select array_agg(id) into v_members from changed;
  update public.instances
  set status = 'stopped'
  where user_id = any (p_user_id || v_members) and status in ('provisioning', 'active');
end
$$;

-- Ends one reason. Where it was the last one, the user is active again, and so are the members who were suspended with
-- them. Who has no seat joins the queue: the caller calls `place_waiting()` afterwards.
create function lift_suspension(p_user_id text, p_reason text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_status text;
  v_active text[];
begin
  update public.users u
  set status = case when u.suspended_for = array[p_reason] then 'active' else u.status end,
      suspended_with_owner = false,
      suspended_for = array_remove(u.suspended_for, p_reason)
  where u.id = p_user_id and p_reason = any (u.suspended_for)
  returning u.status into v_status;
  if v_status is distinct from 'active' then
    return;
  end if;
  with changed as (
    update public.users
    set status = 'active', suspended_with_owner = false, suspended_for = '{}'
    where account_owner_id = p_user_id and suspended_with_owner
    returning id
  )
  select p_user_id || array_agg(id) into v_active from changed;
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_active)
    and (select a.id from public.user_hopsworks_assignments a where a.user_id = i.user_id) is not null;
  perform enqueue_for_seat(u.id)
  from unnest(v_active) as u (id)
  where (select a.id from public.user_hopsworks_assignments a where a.user_id = u.id) is null;
end
$$;

-- shared/sql/usage/price_readings.sql

-- Answers for each reading why it is refused, or who pays for it and at which price. A day that has usage keeps its
-- payer and price. A new day gets them from the history of memberships and from the rates. Readings of `p_foreign`
-- sources are refused, which belong to other clients.
--
-- A day that was taken over keeps its payer too. What it had been charged is in it already, so windows that begin before
-- that moment are refused; what comes later on such a day gets the price of the day.
--
-- A deleted user's usage is billed up to the deletion, whenever it is reported: a window counts if it began before. Of one
-- who was reopened, windows that began in between do not count.
create function price_readings(p_readings jsonb, p_foreign text[]) returns priced_reading[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    with given as materialized (
      select
        r.index,
        r.source,
        r.user_id,
        coalesce(r.project, '') as project,
        r.window_start,
        r.window_end,
        r.cpu_hours,
        r.gpu_hours,
        r.storage_gb,
        (r.window_start at time zone 'UTC')::date as date
      from jsonb_to_recordset(p_readings) as r (
        index integer,
        source text collate "C",
        user_id text collate "C",
        project text collate "C",
        window_start timestamptz,
        window_end timestamptz,
        cpu_hours numeric,
        gpu_hours numeric,
        storage_gb numeric
      )
    ),
    judged as (
      select
        g.*,
        coalesce(d.account_owner_id, m.account_owner_id, u.account_owner_id, u.id) as account_owner_id,
        coalesce(d.rate_effective_on, p.effective_on) as rate_effective_on,
        coalesce(d.cpu_hour_usd, p.cpu_hour_usd) as cpu_hour_usd,
        coalesce(d.gpu_hour_usd, p.gpu_hour_usd) as gpu_hour_usd,
        coalesce(d.storage_gb_month_usd, p.storage_gb_month_usd) as storage_gb_month_usd,
        case
          when u.id is null then 'user_unknown'
          when g.window_start >= u.deleted_at or g.window_start <@ u.closed_spans then 'user_deleted'
          -- A meter's clock may be a little ahead, but the window must have begun by ours.
          when g.window_start > app.now() or g.window_end > app.now() + interval '5 minutes' then 'window_in_future'
          when g.window_end < app.now() - interval '35 days' then 'window_too_old'
          -- The month may have been detached. The present one is not looked up, because it is always attached.
          when g.window_start < date_trunc('month', app.now() at time zone 'UTC') at time zone 'UTC'
            and g.window_start < (select app.readings_kept_since()) then 'window_too_old'
          when g.window_start < d.charged_until then 'day_taken_over'
          when coalesce(d.rate_effective_on, p.effective_on) is null then 'rate_missing'
          when g.source = any (p_foreign) then 'source_of_another_client'
        end as rejection
      from given g
      -- At most one row each, by its key (see "Rules for SQL").
      left join lateral (select * from public.users where id between g.user_id and g.user_id order by id limit 1) u on true
      left join lateral (
        select * from public.usage_daily where user_id = g.user_id and date between g.date and g.date order by date limit 1
      ) d on true
      left join lateral (
        select h.account_owner_id
        from app.account_memberships h
        where d.user_id is null and h.user_id = g.user_id and h.effective_on <= g.date
        order by h.effective_on desc
        limit 1
      ) m on true
      left join lateral (
        select t.*
        from app.usage_rates t
        where d.rate_effective_on is null and t.effective_on <= g.date
        order by t.effective_on desc
        limit 1
      ) p on true
    )
    select array_agg(
      row(
        j.index,
        j.rejection,
        j.source,
        j.user_id,
        j.project,
        j.window_start,
        j.window_end,
        j.cpu_hours,
        j.gpu_hours,
        j.storage_gb,
        j.date,
        j.account_owner_id,
        j.rate_effective_on,
        j.cpu_hour_usd,
        j.gpu_hour_usd,
        j.storage_gb_month_usd
      )::priced_reading
    )
    from judged j
  );
end
$$;

-- shared/sql/usage/store_batch.sql

-- Stores a batch of readings that have a payer and a price, and answers each reading's result and each account's change of
-- credits. The caller holds the locks of the terms and of the accounts.
--
-- Readings that depend on each other are stored in the order of their batch: each is compared with what those before it
-- have left. Those that do not depend on each other have the same turn. Of several good ones with one key the first
-- counts; the same again is `unchanged`, and another is refused.
create function store_batch(
  p_readings priced_reading[],
  p_client_id text,
  out results jsonb,
  out changes credit_change[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_stored record;
  v_waiting integer[];
  v_begins boolean[];
  v_turn priced_reading[];
  v_taken text[] := '{}';
begin
  v_stored := store_readings(p_readings, p_client_id, '{}');
  results := v_stored.results;
  changes := v_stored.changes;
  v_waiting := v_stored.waiting;
  v_begins := v_stored.begins;
  if v_waiting is null then
    return;
  end if;
  for v_turn in
    select array_agg(t.reading)
    from (
      select
        c.reading,
        row_number() over (partition by c.user_id, c.source, c.project, c.cluster order by c.index) as turn
      from (
        -- Those that depend on each other, and on no others, are a cluster.
        select
          r as reading,
          r.*,
          count(*) filter (where w.begins) over (
            partition by r.user_id, r.source, r.project order by r.window_start, r.index
          ) as cluster
        from unnest(p_readings) r
        join unnest(v_waiting, v_begins) as w (index, begins) on w.index = r.index
      ) c
    ) t
    group by t.turn
    order by t.turn
  loop
    v_stored := store_readings(v_turn, p_client_id, v_taken);
    results := results || v_stored.results;
    changes := changes || v_stored.changes;
    v_taken := v_taken || array(
      select reading_key(r.source, r.user_id, r.project, r.window_start)
      from unnest(v_turn) r
      join jsonb_array_elements(v_stored.results) as s (result) on (s.result ->> 'index')::integer = r.index
      where s.result ->> 'result' <> 'rejected'
    );
  end loop;
  changes := add_up(changes, p_client_id);
end
$$;

-- What makes a reading the same as another one.
create function reading_key(p_source text, p_user_id text, p_project text, p_window_start timestamptz) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return row(p_source, p_user_id, p_project, p_window_start)::text;
end
$$;

-- Changes of credits by usage, with one for each account.
create function add_up(p_changes credit_change[], p_actor text) returns credit_change[]
language plpgsql immutable
set search_path from current
as $$
begin
  return (
    select array_agg(
      row(
        a.account_owner_id, 'usage', null, a.cpu_hours, a.gpu_hours, a.storage_gb_seconds, a.scaled_cost_usd,
        case when a.first_day = a.last_day then a.first_day else a.first_day || '/' || a.last_day end,
        null, null, null, null, p_actor, a.month_scaled_cost_usd
      )::credit_change
    )
    from (
      select
        c.account_owner_id,
        sum(c.cpu_hours) as cpu_hours,
        sum(c.gpu_hours) as gpu_hours,
        sum(c.storage_gb_seconds) as storage_gb_seconds,
        sum(c.scaled_cost_usd) as scaled_cost_usd,
        sum(c.month_scaled_cost_usd) as month_scaled_cost_usd,
        min(split_part(c.reference, '/', 1)) as first_day,
        max(split_part(c.reference, '/', -1)) as last_day
      from unnest(p_changes) c
      group by c.account_owner_id
    ) a
  );
end
$$;

-- shared/sql/usage/store_readings.sql

-- Stores readings that have a payer and a price, changes their days, and the projects of these, by the difference to what
-- was known, and answers each reading's result and each account's change of credits. The caller holds the locks of the
-- terms and of the accounts.
--
-- Windows of one source, user and project do not overlap: a reading that would is rejected. One that was taken back,
-- with zeros for values, is in nobody's way. A window is compared with the next one that is stored: those that are stored
-- do not overlap, so there is no other that could be in the way.
--
-- Readings of the batch whose windows overlap each other, as they are stored or as they are to be, depend on each other:
-- nothing of them is stored yet, but they are answered as `waiting`, and of each whether it `begins` when those before it
-- have ended. `p_taken` has the keys of those of the batch that count already.
create function store_readings(
  p_readings priced_reading[],
  p_client_id text,
  p_taken text[],
  out results jsonb,
  out changes credit_change[],
  out waiting integer[],
  out begins boolean[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
  v_all_known boolean;
begin
  -- Tells the trigger of the days that their projects are written here.
  perform pg_catalog.set_config('app.writes_projects', 'on', true);
  with compared as (
    select
      r.*,
      k.window_end as known_end,
      k.cpu_hours as known_cpu_hours,
      k.gpu_hours as known_gpu_hours,
      k.storage_gb as known_storage_gb,
      x.window_start as other_start,
      x.window_end as other_end
    from unnest(p_readings) r
    -- There is at most one row: `limit 1` makes the planner look it up by its index, however many readings there are.
    left join lateral (
      select *, case when cpu_hours > 0 or gpu_hours > 0 or storage_gb > 0 then window_end end as held_until
      from app.usage_readings
      where user_id = r.user_id and window_start = r.window_start and source = r.source and project = r.project
      limit 1
    ) k on true
    -- The first window that ends after this one begins or, if this one is known, after it has ended so far.
    left join lateral (
      select o.window_start, o.window_end
      from app.usage_readings o
      where r.rejection is null
        and (k.held_until is null or k.held_until < r.window_end)
        -- By the index, and then by the names themselves.
        and hashtextextended(o.user_id, hashtextextended(o.source, hashtextextended(o.project, 0)))
          = hashtextextended(r.user_id, hashtextextended(r.source, hashtextextended(r.project, 0)))
        and (o.user_id, o.source, o.project) = (r.user_id, r.source, r.project)
        and o.window_end > coalesce(k.held_until, r.window_start)
        -- Windows lie within a day. So it is looked for in one partition, or two.
        and o.window_end <= r.window_start + interval '24 hours'
        and o.window_start > r.window_start - interval '24 hours'
        and o.window_start < r.window_start + interval '24 hours'
        and o.window_start <> r.window_start
        and (o.cpu_hours > 0 or o.gpu_hours > 0 or o.storage_gb > 0)
      order by o.window_end
      limit 1
    ) x on true
  ),
  surrounded as (
    select
      c.*,
      c.known_end is not null as is_known,
      -- When those before it end, as they were and as they are to be.
      max(greatest(c.window_end, c.known_end)) over earlier as earlier_end,
      lead(c.window_start) over earlier as next_start
    from compared c
    window earlier as (
      partition by c.user_id, c.source, c.project, c.rejection is null
      order by c.window_start, c.index
      rows between unbounded preceding and 1 preceding
    )
  ),
  reading as materialized (
    select
      s.*,
      case
        when s.rejection is not null then s.rejection
        when s.window_start < s.earlier_end or s.next_start < greatest(s.window_end, s.known_end, s.earlier_end) then 'waits'
        when s.is_known
          and (s.known_end, s.known_cpu_hours, s.known_gpu_hours, s.known_storage_gb)
            = (s.window_end, s.cpu_hours, s.gpu_hours, s.storage_gb) then 'unchanged'
        when p_taken <> '{}' and reading_key(s.source, s.user_id, s.project, s.window_start) = any (p_taken) then 'duplicate_in_batch'
        when s.other_start < s.window_end then 'window_overlaps'
        when s.is_known then 'revised'
        else 'created'
      end as outcome,
      s.cpu_hours - coalesce(s.known_cpu_hours, 0) as more_cpu_hours,
      s.gpu_hours - coalesce(s.known_gpu_hours, 0) as more_gpu_hours,
      s.storage_gb * extract(epoch from s.window_end - s.window_start)
        - coalesce(s.known_storage_gb * extract(epoch from s.known_end - s.window_start), 0) as more_storage_gb_seconds
    from surrounded s
  ),
  stored as (
    insert into app.usage_readings as k (
      source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb, client_id
    )
    select
      r.source, r.user_id, r.project, r.window_start, r.window_end, r.cpu_hours, r.gpu_hours, r.storage_gb, p_client_id
    from reading r
    where r.outcome in ('created', 'revised')
    order by r.user_id, r.window_start, r.source, r.project
    on conflict (user_id, window_start, source, project) do update
    set window_end = excluded.window_end,
        cpu_hours = excluded.cpu_hours,
        gpu_hours = excluded.gpu_hours,
        storage_gb = excluded.storage_gb,
        client_id = excluded.client_id
  ),
  moved_project as materialized (
    select
      r.user_id, r.date, r.project,
      r.account_owner_id, r.rate_effective_on, r.cpu_hour_usd, r.gpu_hour_usd, r.storage_gb_month_usd,
      sum(r.more_cpu_hours) as cpu_hours,
      sum(r.more_gpu_hours) as gpu_hours,
      sum(r.more_storage_gb_seconds) as storage_gb_seconds
    from reading r
    where r.outcome in ('created', 'revised')
    group by 1, 2, 3, 4, 5, 6, 7, 8
  ),
  moved as materialized (
    select
      m.user_id, m.date, m.account_owner_id, m.rate_effective_on, m.cpu_hour_usd, m.gpu_hour_usd, m.storage_gb_month_usd,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds
    from moved_project m
    group by 1, 2, 3, 4, 5, 6, 7
  ),
  -- Where each day is stored, looked up by the index, one after the other. The update finds it there again: joined by user
  -- and date, a plan that was made while the table was empty would read all days for each of the batch.
  day as materialized (
    select m.*, k.place
    from moved m
    left join lateral (
      select ctid as place
      from public.usage_daily
      where user_id = m.user_id and date between m.date and m.date
      order by date
      limit 1
    ) k on true
  ),
  known_day as (
    update public.usage_daily d
    set cpu_hours = d.cpu_hours + m.cpu_hours,
        gpu_hours = d.gpu_hours + m.gpu_hours,
        storage_gb_seconds = d.storage_gb_seconds + m.storage_gb_seconds,
        -- A day that was taken over gets a price with its first reading.
        rate_effective_on = m.rate_effective_on,
        cpu_hour_usd = m.cpu_hour_usd,
        gpu_hour_usd = m.gpu_hour_usd,
        storage_gb_month_usd = m.storage_gb_month_usd,
        updated_at = app.now()
    from day m
    where d.ctid = m.place
    returning true
  ),
  new_day as (
    insert into public.usage_daily (
      user_id, date, account_owner_id, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd,
      cpu_hours, gpu_hours, storage_gb_seconds
    )
    select
      m.user_id, m.date, m.account_owner_id, m.rate_effective_on, m.cpu_hour_usd, m.gpu_hour_usd,
      m.storage_gb_month_usd, m.cpu_hours, m.gpu_hours, m.storage_gb_seconds
    from day m
    where m.place is null
  ),
  -- The projects of each day.
  moved_projects as (
    insert into app.usage_daily_projects as p (user_id, date, project, cpu_hours, gpu_hours, storage_gb_seconds)
    select m.user_id, m.date, m.project, m.cpu_hours, m.gpu_hours, m.storage_gb_seconds
    from moved_project m
    on conflict (user_id, date, project) do update
    set cpu_hours = p.cpu_hours + excluded.cpu_hours,
        gpu_hours = p.gpu_hours + excluded.gpu_hours,
        storage_gb_seconds = p.storage_gb_seconds + excluded.storage_gb_seconds
  ),
  account as (
    select
      m.account_owner_id,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds,
      sum(k.scaled_cost_usd) as scaled_cost_usd,
      sum(k.scaled_cost_usd) filter (where m.date >= v_month) as month_scaled_cost_usd,
      -- The days as the ledger's reference: one day, or first/last.
      case when min(m.date) = max(m.date) then min(m.date)::text else min(m.date) || '/' || max(m.date) end as days
    from moved m
    cross join lateral (
      select (m.cpu_hours * m.cpu_hour_usd + m.gpu_hours * m.gpu_hour_usd) * app.billing_month_seconds()
        + m.storage_gb_seconds * m.storage_gb_month_usd as scaled_cost_usd
    ) k
    group by m.account_owner_id
  )
  select
    (
      select coalesce(
        jsonb_agg(
          case
            when r.outcome in ('created', 'unchanged', 'revised') then jsonb_build_object('index', r.index, 'result', r.outcome)
            else jsonb_build_object(
              'index', r.index,
              'result', 'rejected',
              'code', r.outcome,
              'overlaps', case
                when r.outcome = 'window_overlaps' then
                  jsonb_build_object('window_start', r.other_start, 'window_end', r.other_end)
              end,
              'charged_until', case
                when r.outcome = 'day_taken_over' then (
                  select d.charged_until
                  from public.usage_daily d
                  where d.user_id = r.user_id and d.date between r.date and r.date
                  order by d.date
                  limit 1
                )
              end
            )
          end
          order by r.index
        ),
        '[]'
      )
      from reading r
      where r.outcome <> 'waits'
    ),
    (
      select array_agg(
        row(
          a.account_owner_id, 'usage', null, a.cpu_hours, a.gpu_hours, a.storage_gb_seconds, a.scaled_cost_usd,
          a.days, null, null, null, null, p_client_id, a.month_scaled_cost_usd
        )::credit_change
      )
      from account a
    ),
    w.indexes,
    w.begins,
    (select count(*) from day m where m.place is not null) = (select count(*) from known_day)
  into results, changes, waiting, begins, v_all_known
  from (
    select
      array_agg(r.index order by r.index) as indexes,
      array_agg(coalesce(r.window_start >= r.earlier_end, true) order by r.index) as begins
    from reading r
    where r.outcome = 'waits'
  ) w;
  perform pg_catalog.set_config('app.writes_projects', 'off', true);
  if not v_all_known then
    raise exception using errcode = 'serialization_failure', message = 'a day was edited by hand meanwhile';
  end if;
end
$$;

-- shared/sql/write_audit.sql

-- Adds an administrator's change, or money that a machine writes, to the audit log, in the transaction that makes it.
-- Secrets are left out. What is about a person stands in before and after alone, which can be erased, and not in the target.
create function write_audit(
  args jsonb,
  p_action text,
  p_target text,
  p_before jsonb,
  p_after jsonb
) returns void
language plpgsql
set search_path from current
as $$
declare
  v_id bigint;
begin
  insert into app.audit_entries (actor, action, target, request_id)
  values (args #>> '{caller,sub}', p_action, p_target, args #>> '{caller,request_id}')
  returning id into v_id;
  if p_before is not null or p_after is not null then
    insert into app.audit_details (id, before, after) values (v_id, p_before, p_after);
  end if;
end
$$;

-- True when this very request of this caller has done that already: then it is being repeated.
create function is_audited(args jsonb, p_action text, p_target text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from app.audit_entries
    where target = p_target
      -- By the target's index: an actor and an action have more entries.
      and (action = p_action and actor = args #>> '{caller,sub}') is true
      and request_id = args #>> '{caller,request_id}'
  );
end
$$;

-- functions/admin-users/src/erase_user.sql

-- Erases the person of a deleted user now, and not only when the time has come. Once is recorded.
create function erase_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id text := args #>> '{input,id,id}';
  v_user public.users;
begin
  select * into v_user from public.users where id between v_id and v_id order by id limit 1 for no key update;
  perform require_named_user(args #> '{input,id}');
  if v_user.status <> 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_not_deleted',
      detail = 'Only the person of a deleted user can be erased. Set the status to deleted first.';
  end if;
  -- Again: for what came afterwards.
  perform erase_persons(array[v_id]);
  if v_user.erased_at is null then
    perform write_audit(args, 'users.erase', v_id, null, jsonb_build_object('erased_at', app.now()));
  end if;
  return describe_tagged_user(v_id);
end
$$;

-- functions/admin-users/src/get_user.sql

-- One user, for administrators.
create function get_user(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id text := args #>> '{input,id,id}';
begin
  perform require_named_user(args #> '{input,id}');
  return describe_tagged_user(v_id);
end
$$;

-- functions/admin-users/src/list_audit_log.sql

-- A page of the audit log, newest first: the entries that pass all given filters. It is planned again for each call, so
-- that filters that are not given fall away and the most selective of the others leads.
create function list_audit_log(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_actor text := v_input ->> 'actor';
  v_target text := v_input ->> 'target';
  v_action text := v_input ->> 'action';
  v_from timestamptz := v_input ->> 'from';
  v_to timestamptz := v_input ->> 'to';
  v_limit integer := v_input ->> 'limit';
  v_after bigint := v_input #>> '{after,id}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'id', l.id,
        'actor', l.actor,
        'action', l.action,
        'target', l.target,
        'before', d.before,
        'after', d.after,
        'erased', d.erased_at is not null,
        'request_id', l.request_id,
        'created_at', l.created_at
      )
      from app.audit_entries l
      left join lateral (select * from app.audit_details where id = l.id limit 1) d on true
      where (v_actor is null or l.actor = v_actor)
        and (v_target is null or l.target = v_target)
        and (v_action is null or l.action = v_action)
        and (v_from is null or l.created_at >= v_from)
        and (v_to is null or l.created_at < v_to)
        and (v_after is null or l.id < v_after)
      order by l.id desc
      limit v_limit + 1
    ),
    array['id']
  );
end
$$;

-- functions/admin-users/src/list_events.sql

-- A page of events, newest first: those that pass all given filters. It is planned again for each call, so that filters
-- that are not given fall away and the most selective of the others leads.
create function list_events(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
set plan_cache_mode = force_custom_plan
-- Each index has the order of the list: it is read along, and not as a whole to be sorted.
set enable_bitmapscan = off
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_subject text := v_input ->> 'subject';
  v_type text := v_input ->> 'type';
  v_from timestamptz := v_input ->> 'from';
  v_to timestamptz := v_input ->> 'to';
  v_limit integer := v_input ->> 'limit';
  v_after bigint := v_input #>> '{after,number}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'number', e.number,
        'id', e.id,
        'type', e.type,
        'subject', e.subject,
        'seq', e.seq,
        'occurred_at', e.occurred_at,
        'data', e.data,
        'state', case
          when e.published_at is not null then 'published'
          when e.parked_at is not null then 'parked'
          else 'pending'
        end,
        'published_at', e.published_at,
        'attempts', e.attempts,
        'code', e.error_code,
        'detail', e.error_detail
      )
      from app.outbox e
      where (v_subject is null or e.subject = v_subject)
        and (v_type is null or e.type = v_type)
        and (v_from is null or e.occurred_at >= v_from)
        and (v_to is null or e.occurred_at < v_to)
        and (v_after is null or e.number < v_after)
      order by e.number desc
      limit v_limit + 1
    ),
    array['number']
  );
end
$$;

-- functions/admin-users/src/list_users.sql

-- A page of users, newest first: those who pass all given filters. They are answered as items, or as rows for a table.
create function list_users(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_ids text[] := find_users(args -> 'input');
begin
  if (args #>> '{input,as_rows}')::boolean then
    return page(v_limit, describe_user_rows(v_ids));
  end if;
  return page(v_limit, describe_managed_users(v_ids));
end
$$;

-- The ids of a page of users, and one more. It is planned again for each call, so that filters that are not given fall
-- away and the most selective of the others leads, by its index. Without sequential scans, because a page never needs
-- the whole table. (What describes a user is not selected here: planning that again would cost more than this query.)
create function find_users(p_input jsonb) returns text[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
as $$
declare
  v_status text := p_input ->> 'status';
  v_email text := p_input ->> 'email';
  v_account_owner_id text := p_input ->> 'account_owner_id';
  v_cluster_id uuid := p_input ->> 'cluster_id';
  -- Empty metadata is contained in all metadata, so it filters nothing.
  v_metadata jsonb := nullif(nullif(p_input -> 'metadata', 'null'), '{}');
  v_limit integer := p_input ->> 'limit';
  v_after_time timestamptz := p_input #>> '{after,created_at}';
  v_after_id text := p_input #>> '{after,id}';
begin
  if v_cluster_id is null then
    return array(
      select u.id
      from public.users u
      where (v_status is null or u.status = v_status)
        and (v_email is null or lower(u.email collate "C") = lower(v_email collate "C"))
        and (v_account_owner_id is null or u.account_owner_id = v_account_owner_id)
        and (v_metadata is null or u.metadata @> v_metadata)
        and (v_after_id is null or (u.created_at, u.id) < (v_after_time, v_after_id))
      order by u.created_at desc, u.id desc
      limit v_limit + 1
    );
  else
    -- The same users in the same order, by the seats of one cluster.
    return array(
      select a.user_id
      from public.user_hopsworks_assignments a
      join public.users u on u.id = a.user_id
      where a.hopsworks_cluster_id = v_cluster_id
        and (v_status is null or u.status = v_status)
        and (v_email is null or lower(u.email collate "C") = lower(v_email collate "C"))
        and (v_account_owner_id is null or u.account_owner_id = v_account_owner_id)
        and (v_metadata is null or u.metadata @> v_metadata)
        and (v_after_id is null or (a.user_created_at, a.user_id) < (v_after_time, v_after_id))
      order by a.user_created_at desc, a.user_id desc
      limit v_limit + 1
    );
  end if;
end
$$;

-- Users as rows of a table, in this order. One query for all, because a table may hold thousands.
create function describe_user_rows(p_user_ids text[]) returns json[]
language sql stable
set search_path from current
as $$
  select coalesce(
    array_agg(
      json_build_object(
        'id', u.id,
        'email', u.email,
        'email_verified', u.email_verified,
        'name', u.name,
        'status', u.status,
        'is_admin', u.is_admin,
        'account_owner_id', u.account_owner_id,
        'owner_email', o.email,
        'team_size', (select count(*) from public.users m where m.account_owner_id = u.id),
        'cluster_name', c.name,
        'assigned_at', a.assigned_at,
        'waiting_since', u.waiting_since,
        'instance_name', i.instance_name,
        'instance_status', i.status,
        'balance', uc.balance::text,
        'total_purchased', uc.total_purchased::text,
        'total_used', uc.total_used::text,
        'cpu_hours_used', trim_scale(uc.cpu_hours_used)::text,
        'gpu_hours_used', trim_scale(uc.gpu_hours_used)::text,
        'storage_gb_months', trim_scale(uc.storage_gb_months)::text,
        'login_count', u.login_count,
        'last_login_at', u.last_login_at,
        'created_at', u.created_at,
        'deleted_at', u.deleted_at
      )
      order by w.place
    ),
    '{}'
  )
  from unnest(p_user_ids) with ordinality as w (id, place)
  join public.users u on u.id = w.id
  left join public.users o on o.id = u.account_owner_id
  left join public.user_hopsworks_assignments a on a.user_id = u.id
  left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
  left join public.instances i on i.user_id = u.id
  -- Members have no credits of their own: the owner's account pays for them.
  left join public.user_credits uc on uc.user_id = u.id and u.account_owner_id is null
$$;

-- functions/admin-users/src/list_violations.sql

-- A page of violations of the invariants, by the id of the user, account or cluster. A page looks at a thousand users,
-- so it takes no longer when there are a million users. There are only more pages.
create function list_violations(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return find_violations(args #> '{input,after}', (args #>> '{input,limit}')::integer, 1000, 0);
end
$$;

-- functions/admin-users/src/managed_user.sql

-- Users as administrators see them, in this order: as the users see themselves (`described_users`), and what is for
-- administrators alone. One statement for a whole page; each user's rows are looked up by their index, whatever the
-- tables held when this was planned.
create function describe_managed_users(p_user_ids text[]) returns json[]
language plpgsql stable
set search_path from current
-- As it is written: so it is planned fast, and nobody else is looked at.
set join_collapse_limit = 1
as $$
begin
  return array(
    select json_build_object(
      'id', u.id,
      'email', u.email,
      'email_verified', u.email_verified,
      'name', u.name,
      'status', u.status,
      'suspended_for', u.suspended_for,
      'is_admin', u.is_admin,
      'login_count', u.login_count,
      'last_login_at', u.last_login_at,
      'created_at', u.created_at,
      'metadata', u.metadata,
      'account_owner_id', u.account_owner_id,
      'owner', case when o.id is not null then json_build_object('id', o.id, 'name', o.name, 'email', o.email) end,
      'assignment', case
        when a.id is not null then json_build_object(
          'cluster_id', c.id,
          'cluster_name', c.name,
          'cluster_status', c.status,
          'api_url', c.api_url,
          'assigned_at', a.assigned_at
        )
      end,
      'waiting_since', u.waiting_since,
      'place_in_queue', case when u.waiting_since is not null then describe_queue_place(u) end,
      'instance', case
        when i.id is not null then json_build_object(
          'id', i.id,
          'instance_name', i.instance_name,
          'status', i.status,
          'hopsworks_url', i.hopsworks_url,
          'created_at', i.created_at,
          'activated_at', i.activated_at
        )
      end,
      'hopsworks_account', case
        when a.id is not null then describe_account(k.account, p, c.api_key is not null, a.assigned_at)
      end,
      'credits', case
        when uc.id is not null then json_build_object(
          'balance', uc.balance::text,
          'total_purchased', uc.total_purchased::text,
          'total_used', uc.total_used::text,
          'cpu_hours_used', trim_scale(uc.cpu_hours_used)::text,
          'gpu_hours_used', trim_scale(uc.gpu_hours_used)::text,
          'storage_gb_months', trim_scale(uc.storage_gb_months)::text
        )
      end,
      'suspended_with_owner', u.suspended_with_owner,
      'team_size', (select count(*) from public.users m where m.account_owner_id = u.id),
      'updated_at', u.updated_at,
      'deleted_at', u.deleted_at,
      'erased_at', u.erased_at
    )
    from unnest(p_user_ids) with ordinality as w (id, place)
    cross join lateral (select * from public.users where id = w.id limit 1) u
    left join lateral (select * from public.users where id = u.account_owner_id limit 1) o on true
    left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
    left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
    left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id
    left join lateral (
      select x as account from app.hopsworks_accounts x where x.user_id = u.id and x.hopsworks_cluster_id = c.id limit 1
    ) k on true
    left join lateral (select * from public.instances where user_id = u.id limit 1) i on true
    -- Members have no credits of their own: the owner's account pays for them.
    left join lateral (
      select * from public.user_credits where user_id = u.id and u.account_owner_id is null limit 1
    ) uc on true
    order by w.place
  );
end
$$;

-- Everything about a user, with the tag that a change may name.
create function describe_tagged_user(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'user', (describe_managed_users(array[p_user_id]))[1],
    'etag', user_etag(p_user_id)
  );
end
$$;

-- The tag of what an administrator bases a decision on: profile, status, rights, owner, metadata. Logins, the place in
-- the queue, credits and a user's own preferences do not change it: otherwise they would make an administrator's change
-- fail for no reason.
create function user_etag(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select '"' || md5(jsonb_build_array(
      u.id, u.email, u.email_verified, u.name, u.status, u.suspended_with_owner, u.is_admin, u.account_owner_id,
      u.metadata - 'preferences'
    )::text || case when 'money' = any (u.suspended_for) then ' money' else '' end) || '"'
    from public.users u
    where u.id = p_user_id
  );
end
$$;

-- functions/admin-users/src/reopen_user.sql

-- Brings a deleted user back, as the owner of their account: with its ledger and, if the person has not been erased, with
-- their profile; the next login brings one in any case. Deployments, invites and a team stay ended. They wait for a seat. What
-- was used in between stays nobody's: `closed_spans` says so for ever. The caller holds `lock_seats()` and calls
-- `place_waiting()` afterwards.
create function reopen_user(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  begin
    perform make_active(p_user_id);
  exception
    when unique_violation then
      -- Somebody else has the address by now.
      update public.users set email = null, email_verified = false where id = p_user_id;
      perform make_active(p_user_id);
  end;
  insert into public.user_credits (user_id) values (p_user_id) on conflict (user_id) do nothing;
  update public.instances set status = 'stopped', deleted_at = null where user_id = p_user_id and status = 'deleted';
  perform enqueue_for_seat(p_user_id);
end
$$;

create function make_active(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  update public.users
  set status = 'active',
      deleted_at = null,
      erased_at = null,
      closed_spans = coalesce(closed_spans, '{}') + tstzmultirange(tstzrange(least(deleted_at, app.now()), app.now()))
  where id = p_user_id;
end
$$;

-- functions/admin-users/src/update_user.sql

-- Changes a user: name, status with everything that follows from it, rights, metadata. Calls run one after the other,
-- so that of two administrators who demote each other one remains. A deleted user can be reopened, and nothing else.
--
-- A call that is repeated with the same request id finds its change made and answers the present state, even if the
-- change took away the caller's own rights.
create function update_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users;
  v_id text := args #>> '{input,id,id}';
  v_changes jsonb := args #> '{input,changes}';
  v_user public.users;
  v_before jsonb;
  v_after jsonb;
begin
  perform require_kind(args, array['admin']);
  -- In one statement, so that both see the same data: the first call may be committing right now.
  perform authorize(args, 'admin') where not is_audited(args, 'users.update', v_id);
  if v_changes ->> 'status' = 'deleted' then
    -- Deleting a member ends the membership, which changes the terms. Lock order: terms before seats.
    perform lock_billing_terms();
  end if;
  perform lock_seats();
  if is_audited(args, 'users.update', v_id) then
    return describe_tagged_user(v_id);
  end if;
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  v_caller := authorize(args, 'admin');
  select * into v_user from public.users where id = v_id for no key update;
  perform require_named_user(args #> '{input,id}');
  perform require_etag(v_id, args #> '{input,if_match}');
  perform require_changeable(v_user, v_changes ->> 'status');

  v_before := describe_standing(v_id);
  if v_user.status = 'deleted' then
    -- First: the row of who has been erased takes no name.
    perform reopen_user(v_id);
  end if;
  update public.users u
  set name = n.name, is_admin = n.is_admin, metadata = n.metadata
  from (
    select
      case when v_changes ? 'name' then v_changes ->> 'name' else v_user.name end as name,
      -- Whoever comes back has no rights from before.
      coalesce((v_changes ->> 'is_admin')::boolean, v_user.is_admin and v_user.status <> 'deleted') as is_admin,
      merge_metadata(v_user.metadata, v_changes -> 'metadata') as metadata
  ) n
  where u.id = v_id and (u.name, u.is_admin, u.metadata) is distinct from (n.name, n.is_admin, n.metadata);
  if v_changes ->> 'status' <> v_user.status
    or v_changes ->> 'status' = 'suspended' and 'administrator' <> all (v_user.suspended_for)
  then
    if v_user.status <> 'deleted' then
      perform set_user_status(v_id, v_changes ->> 'status');
    end if;
    perform place_waiting();
  end if;
  perform require_administrator();

  v_after := describe_standing(v_id);
  if v_after <> v_before then
    perform write_audit(args, 'users.update', v_id, v_before, v_after);
  end if;
  return describe_tagged_user(v_id);
end
$$;

-- Refuses a change if the user is not as the caller saw them. One of `p_etags` must be the present tag. Null asks for
-- none.
create function require_etag(p_user_id text, p_etags jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if jsonb_typeof(p_etags) = 'array' and not p_etags ? user_etag(p_user_id) then
    raise exception using
      errcode = 'AP412',
      message = 'precondition_failed',
      detail = 'This user has changed since you read them. Read them again, and decide again.';
  end if;
end
$$;

-- Refuses to change deleted users but to reopen them, and to reactivate a member before the owner, or an owner whom a
-- payment reactivates.
create function require_changeable(p_user public.users, p_status text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_user.status = 'deleted' and p_status is distinct from 'active' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This user has been deleted. Set the status to active, if they are to come back, and then change them.';
  end if;
  if p_status = 'active'
    and p_user.status <> 'active'
    and exists (select from public.users where id = p_user.account_owner_id and status <> 'active')
  then
    raise exception using
      errcode = 'AP409',
      message = 'account_owner_not_active',
      detail = format(
        'The owner of their account, %s, is suspended. Reactivate the owner first, or remove this user from the team.',
        p_user.account_owner_id
      );
  end if;
  if p_status = 'active' and p_user.suspended_for = '{money}' then
    raise exception using
      errcode = 'AP409',
      message = 'suspended_for_money',
      detail = 'Their account is suspended because its credit is used up. Record what they pay: that ends the suspension.';
  end if;
end
$$;

-- functions/assign-cluster/src/assign_user.sql

-- Gives a user a seat. Users may ask for the seat that is due to them, in their turn. An administrator may ask for
-- anybody, and may name the cluster, which alone goes past the queue. Naming a cluster for an account owner moves the whole team there, or nobody. An administrator's call
-- that is repeated with the same request id finds its change made, whatever has changed since. (A call that changed
-- nothing left no trace, so its repetition is a new call.)
create function assign_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_user_id text := coalesce(args #>> '{input,user_id}', v_caller.id);
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_before jsonb;
  v_after jsonb;
begin
  if not v_caller.is_admin and (v_user_id <> v_caller.id or v_cluster_id is not null) then
    raise exception using
      errcode = 'AP403',
      message = 'admin_only',
      detail = 'Only an administrator may assign another user or choose the cluster. Leave both out, or ask one.';
  end if;
  perform lock_seats();
  if is_audited(args, 'users.assign', v_user_id) then
    return describe_place(v_user_id);
  end if;
  perform require_placeable(v_user_id);
  v_before := describe_team_places(v_user_id);
  if v_cluster_id is null then
    perform place_user(v_user_id);
  else
    perform move_account(v_user_id, v_cluster_id);
    -- Others may get the seats that became free.
    perform place_waiting();
  end if;
  v_after := describe_team_places(v_user_id);
  if v_caller.is_admin and v_after <> v_before then
    perform write_audit(args, 'users.assign', v_user_id, v_before, v_after);
  end if;
  return describe_place(v_user_id);
end
$$;

-- Refuses users who do not exist or are not active: they get no seat.
create function require_placeable(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_status text := (select status from public.users where id = p_user_id);
begin
  perform require_user(p_user_id);
  if v_status <> 'active' then
    raise exception using
      errcode = 'AP409',
      message = 'user_not_active',
      detail = case v_status
        when 'suspended' then 'This user is suspended. Reactivate the user first: only active ones can be given a seat.'
        else 'This user has been deleted. Only an active user can be given a seat.'
      end;
  end if;
end
$$;

-- functions/assign-cluster/src/check_hopsworks_cluster.sql

-- Has all users and projects of a cluster looked at now, and the cluster tried at once if it fails. With `accept`, what
-- differs is put right however much it is, for an hour.
create function check_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_hopsworks_cluster(v_id);
  if not is_audited(args, 'hopsworks_clusters.check', v_id::text) then
    update app.hopsworks_provisioning
    set error_code = null,
        error_detail = null,
        failing_since = null,
        attempts = 0,
        next_attempt_at = app.now(),
        sweep_due_at = app.now(),
        last_sweep = coalesce(last_sweep, '{}') || jsonb_build_object(
          'accepted_until', case when (args #>> '{input,accept}')::boolean then app.now() + interval '1 hour' end
        )
    where hopsworks_cluster_id = v_id and app.provisions(v_id);
    if not found then
      raise exception using
        errcode = 'AP409',
        message = 'accounts_made_by_hand',
        detail = 'Accounts on this cluster are made by hand. Give it an api_key and provisioning first.';
    end if;
    update app.usage_collection set projects_due_at = app.now() where hopsworks_cluster_id = v_id;
    perform write_audit(args, 'hopsworks_clusters.check', v_id::text, null, args #> '{input}');
  end if;
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;

-- functions/assign-cluster/src/collection.sql

-- How usage is read from clusters, as administrators see it. Of the token it says only whether there is one, and under
-- which key it is encrypted.
create view described_collections as
select
  k.hopsworks_cluster_id,
  jsonb_build_object(
    'collects', k.collects,
    'opencost_url', k.opencost_url,
    'tls_ca_pem', k.tls_ca_pem,
    'has_token', k.token is not null,
    'encryption_key_id', split_part(k.token, ':', 2),
    'collect_from', k.collect_from,
    'closed_for_minutes', (extract(epoch from k.closed_for) / 60)::integer,
    'cpu_cores', k.cpu_cores,
    'gpus', k.gpus,
    'system_namespaces', k.system_namespaces,
    'failure', case
      when k.error_code is not null then jsonb_build_object(
        'code', k.error_code, 'detail', k.error_detail, 'since', k.failing_since
      )
    end,
    'projects_failure', case
      when k.projects_error_code is not null then jsonb_build_object(
        'code', k.projects_error_code, 'detail', k.projects_error_detail
      )
    end,
    'projects_seen_at', k.projects_seen_at,
    'last_complete_hour', (
      select h.hour
      from app.usage_coverage h
      -- By the key, whose order this is.
      where h.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
        and h.hour >= k.collect_from
        and h.hour < coalesce(
          (
            select d.hour
            from app.usage_coverage d
            where d.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
              and d.hour >= k.collect_from
              -- These are few, and have an index of their own.
              and d.due_at is not null
              and d.digest is null
            order by d.hopsworks_cluster_id, d.hour
            limit 1
          ),
          'infinity'
        )
      order by h.hopsworks_cluster_id desc, h.hour desc
      limit 1
    ),
    'last_hour', (
      select jsonb_build_object(
        'hour', h.hour,
        'namespaces', h.namespaces,
        'cpu_hours', trim_scale(h.cpu_hours)::text,
        'gpu_hours', trim_scale(h.gpu_hours)::text,
        'storage_gb', trim_scale(h.storage_gb)::text
      )
      from app.usage_coverage h
      where h.hopsworks_cluster_id between k.hopsworks_cluster_id and k.hopsworks_cluster_id
        and h.digest is not null
      order by h.hopsworks_cluster_id desc, h.hour desc
      limit 1
    )
  ) as description
from app.usage_collection k;

-- Sets how usage is read from a cluster. What the changes leave out stays; null ends it, and what was read stays. The
-- first time, the source of its readings becomes the collector's.
create function set_collection(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql
set search_path from current
as $$
declare
  c_client_id constant text := 'collect-usage';
  v_source text := 'opencost:' || p_cluster_id;
  v_collect_from timestamptz := p_changes ->> 'collect_from';
  v_closed_for interval := make_interval(mins => (p_changes ->> 'closed_for_minutes')::integer);
  v_system_namespaces text[] := case
    when jsonb_typeof(p_changes -> 'system_namespaces') = 'array' then array(
      select jsonb_array_elements_text(p_changes -> 'system_namespaces')
    )
  end;
begin
  if p_changes is null then
    return;
  elsif p_changes = 'null' then
    delete from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
    return;
  end if;
  if v_collect_from < app.now() - interval '35 days' and not exists (
    select from app.usage_collection where hopsworks_cluster_id = p_cluster_id and collect_from = v_collect_from
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'collect_from_too_old',
      detail = 'collection.collect_from: usage of more than 35 days ago is not billed any more. Choose a later hour.';
  end if;
  update app.usage_collection
  set collects = coalesce((p_changes ->> 'collects')::boolean, collects),
      opencost_url = coalesce(p_changes ->> 'opencost_url', opencost_url),
      tls_ca_pem = case when p_changes ? 'tls_ca_pem' then p_changes ->> 'tls_ca_pem' else tls_ca_pem end,
      token = case when p_changes ? 'token' then p_changes ->> 'token' else token end,
      collect_from = coalesce(v_collect_from, collect_from),
      closed_for = coalesce(v_closed_for, closed_for),
      cpu_cores = coalesce((p_changes ->> 'cpu_cores')::integer, cpu_cores),
      gpus = coalesce((p_changes ->> 'gpus')::integer, gpus),
      system_namespaces = coalesce(v_system_namespaces, system_namespaces)
  where hopsworks_cluster_id = p_cluster_id;
  if found then
    return;
  end if;
  perform require_complete_collection(p_changes);
  insert into app.usage_collection (
    hopsworks_cluster_id, collects, opencost_url, tls_ca_pem, token, collect_from, closed_for, cpu_cores, gpus,
    system_namespaces
  )
  values (
    p_cluster_id,
    coalesce((p_changes ->> 'collects')::boolean, true),
    p_changes ->> 'opencost_url',
    p_changes ->> 'tls_ca_pem',
    p_changes ->> 'token',
    coalesce(v_collect_from, date_trunc('hour', app.now(), 'UTC')),
    coalesce(v_closed_for, interval '2 hours'),
    (p_changes ->> 'cpu_cores')::integer,
    (p_changes ->> 'gpus')::integer,
    coalesce(
      v_system_namespaces,
      '{kube-system, kube-public, kube-node-lease, default, opencost, prometheus, monitoring, cert-manager, ingress-nginx,
        hopsworks}'
    )
  );
  insert into app.usage_sources (source, client_id) values (v_source, c_client_id) on conflict (source) do nothing;
  if exists (select from app.usage_sources where source = v_source and client_id <> c_client_id) then
    raise exception using
      errcode = 'AP409',
      message = 'source_of_another_client',
      detail = format(
        'A machine reports for %s already. Give the source to %s first: PUT /api/admin/usage-sources/{source}.',
        v_source,
        c_client_id
      );
  end if;
end
$$;

-- Refuses settings that do not say what nobody else can know.
create function require_complete_collection(p_changes jsonb) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_changes ->> 'opencost_url' is null then
    raise exception using
      errcode = 'AP400',
      message = 'opencost_url_missing',
      detail = 'collection.opencost_url: the address of this cluster''s OpenCost is missing.';
  end if;
  if p_changes ->> 'cpu_cores' is null or p_changes ->> 'gpus' is null then
    raise exception using
      errcode = 'AP400',
      message = 'capacity_missing',
      detail = 'collection: cpu_cores and gpus must say how much this cluster can have at most. More is not believed.';
  end if;
end
$$;

-- Refuses another server for a token, as the trigger `refuse_moved_token` does to everybody.
create function require_token_of_server(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not p_changes ? 'token' and exists (
    select
    from app.usage_collection
    where hopsworks_cluster_id = p_cluster_id
      and token is not null
      and app.server_of(opencost_url) <> app.server_of(p_changes ->> 'opencost_url')
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'token_of_another_server',
      detail = 'The token was given for another server. Send the token for the new address with it, or null.';
  end if;
end
$$;

-- functions/assign-cluster/src/create_deployment.sql

-- Adds a deployment of the caller, up to a hundred at a time and two hundred in a day: without a limit one user could
-- fill the disk, also by deleting what they add. The id comes with the call, so that a repeated call finds its own
-- deployment.
create function create_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
begin
  -- One after the other, so that all are counted, and none outlives the deletion of its user.
  perform from public.users where id = v_caller.id for no key update;
  v_caller := authorize(args, 'user');
  if not exists (select from public.clusters where id = v_id) then
    perform require_room_for_deployment(v_caller.id);
  end if;
  insert into public.clusters (id, user_id, deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key)
  values (
    v_id,
    v_caller.id,
    v_input ->> 'deployment_type',
    v_input ->> 'zone',
    coalesce(v_input ->> 'status', 'provisioning'),
    v_input ->> 'hopsworks_project_id',
    v_input ->> 'hopsworks_api_key'
  )
  on conflict (id) do nothing;
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;

-- Refuses a user who has as many deployments as one may have, or has added as many as one may add in a day.
create function require_room_for_deployment(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 100;
  c_most_in_a_day constant integer := 200;
begin
  if (select count(*) from public.clusters where user_id = p_user_id and status <> 'deleted') >= c_most then
    raise exception using
      errcode = 'AP409',
      message = 'deployment_limit',
      detail = format('You have %s deployments, and no user may have more. Delete one to add another.', c_most);
  end if;
  if (
    select count(*) from public.clusters where user_id = p_user_id and created_at > app.now() - interval '1 day'
  ) >= c_most_in_a_day then
    raise exception using
      errcode = 'AP409',
      message = 'deployment_limit',
      detail = format('You have added %s deployments in 24 hours, and no user may add more. Go on tomorrow.', c_most_in_a_day);
  end if;
end
$$;

-- functions/assign-cluster/src/create_hopsworks_cluster.sql

-- Adds a cluster, and seats users who wait. The id comes with the call, so that a repeated call finds its own cluster.
create function create_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
begin
  perform lock_seats();
  if not exists (select from public.hopsworks_clusters where id = v_id) then
    insert into public.hopsworks_clusters (id, name, api_url, api_key, max_users, status, metadata)
    values (
      v_id,
      v_input ->> 'name',
      v_input ->> 'api_url',
      v_input ->> 'api_key',
      (v_input ->> 'max_users')::integer,
      coalesce(v_input ->> 'status', 'active'),
      merge_metadata('{}', nullif(v_input -> 'metadata', 'null'))
    )
    on conflict (name) do nothing;
    if not found then
      raise exception using
        errcode = 'AP409',
        message = 'name_in_use',
        detail = 'Another Hopsworks cluster has this name. Choose another name.';
    end if;
    perform set_provisioning(v_id, v_input -> 'provisioning');
    perform set_collection(v_id, v_input -> 'collection');
    perform place_waiting();
    perform write_audit(
      args,
      'hopsworks_clusters.create',
      v_id::text,
      null,
      (select c.description from described_hopsworks_clusters c where c.id = v_id)
    );
  end if;
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;

-- functions/assign-cluster/src/delete_deployment.sql

-- Deletes a deployment of the caller, and its key. Deleting it again changes nothing.
create function delete_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
begin
  if not exists (select from public.clusters where id = v_id and user_id = v_caller.id) then
    raise exception using
      errcode = 'AP404',
      message = 'deployment_unknown',
      detail = 'You have no deployment of this id. GET /api/clusters lists yours.';
  end if;
  update public.clusters
  set status = 'deleted', deleted_at = app.now(), hopsworks_api_key = null
  where id = v_id and status <> 'deleted';
  return '{}';
end
$$;

-- functions/assign-cluster/src/deployment.sql

-- Deployments as their owner sees them. Of the API key they say only whether there is one.
create view described_deployments as
select
  d.id,
  d.user_id,
  d.status,
  d.created_at,
  jsonb_build_object(
    'id', d.id,
    'deployment_type', d.deployment_type,
    'zone', d.zone,
    'status', d.status,
    'hopsworks_project_id', d.hopsworks_project_id,
    'has_hopsworks_api_key', d.hopsworks_api_key is not null,
    'created_at', d.created_at,
    'updated_at', d.updated_at
  ) as description
from public.clusters d;

-- Refuses a deployment that is another user's, or deleted, as if it did not exist.
create function require_deployment(p_user_id text, p_id uuid) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if not exists (select from public.clusters where id = p_id and user_id = p_user_id and status <> 'deleted') then
    raise exception using
      errcode = 'AP404',
      message = 'deployment_unknown',
      detail = 'You have no deployment of this id. GET /api/clusters lists yours.';
  end if;
end
$$;

-- functions/assign-cluster/src/get_deployment.sql

-- One deployment of the caller.
create function get_deployment(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_deployment(v_caller.id, v_id);
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;

-- functions/assign-cluster/src/get_hopsworks_cluster.sql

-- One cluster, for administrators.
create function get_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
begin
  perform require_hopsworks_cluster(v_id);
  return (select c.description from described_hopsworks_clusters c where c.id = v_id);
end
$$;

-- functions/assign-cluster/src/hopsworks_account.sql

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

-- functions/assign-cluster/src/hopsworks_cluster.sql

-- Clusters as administrators see them: seats taken and free, and the members who wait for a seat beside their owner. Of
-- the API key they say only whether there is one, and under which key it is encrypted.
create view described_hopsworks_clusters as
select
  c.id,
  c.created_at,
  jsonb_build_object(
    'id', c.id,
    'name', c.name,
    'api_url', c.api_url,
    'has_api_key', c.api_key is not null,
    'encryption_key_id', split_part(c.api_key, ':', 2),
    'status', c.status,
    'max_users', c.max_users,
    'current_users', c.current_users,
    'free_seats', c.max_users - c.current_users,
    'waiting_members', (select count(*) from public.users u where u.waiting_cluster_id = c.id),
    'provisioning', case
      when p.hopsworks_cluster_id is not null then jsonb_build_object(
        'provisions', p.provisions,
        'oauth_client_id', p.oauth_client_id,
        'tls_ca_pem', p.tls_ca_pem,
        'raise_only', p.raise_only,
        'owner_projects', p.owner_projects,
        'member_projects', p.member_projects,
        'projects_without_credit', p.projects_without_credit,
        'failure', case
          when p.error_code is not null then jsonb_build_object(
            'code', p.error_code, 'detail', p.error_detail, 'since', p.failing_since
          )
        end,
        'sweep', case when p.last_sweep ? 'at' then p.last_sweep end
      )
    end,
    'collection', (select k.description from described_collections k where k.hopsworks_cluster_id = c.id),
    'metadata', c.metadata,
    'created_at', c.created_at,
    'updated_at', c.updated_at
  ) as description
from public.hopsworks_clusters c
left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id;

-- Sets how accounts are made on a cluster. What the changes leave out stays; null ends it, and the accounts stay as they are.
create function set_provisioning(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql
set search_path from current
as $$
begin
  if p_changes is null then
    return;
  elsif p_changes = 'null' then
    delete from app.hopsworks_provisioning where hopsworks_cluster_id = p_cluster_id;
    return;
  end if;
  update app.hopsworks_provisioning
  set provisions = coalesce((p_changes ->> 'provisions')::boolean, provisions),
      oauth_client_id = coalesce(p_changes ->> 'oauth_client_id', oauth_client_id),
      tls_ca_pem = case when p_changes ? 'tls_ca_pem' then p_changes ->> 'tls_ca_pem' else tls_ca_pem end,
      raise_only = coalesce((p_changes ->> 'raise_only')::boolean, raise_only),
      owner_projects = coalesce((p_changes ->> 'owner_projects')::integer, owner_projects),
      member_projects = coalesce((p_changes ->> 'member_projects')::integer, member_projects),
      projects_without_credit = coalesce((p_changes ->> 'projects_without_credit')::integer, projects_without_credit)
  where hopsworks_cluster_id = p_cluster_id;
  if found then
    return;
  end if;
  if p_changes ->> 'oauth_client_id' is null then
    raise exception using
      errcode = 'AP400',
      message = 'oauth_client_id_missing',
      detail = 'provisioning.oauth_client_id: the id under which this cluster knows the identity provider is missing.';
  end if;
  insert into app.hopsworks_provisioning (
    hopsworks_cluster_id, provisions, oauth_client_id, tls_ca_pem, raise_only, owner_projects, member_projects,
    projects_without_credit
  )
  values (
    p_cluster_id,
    coalesce((p_changes ->> 'provisions')::boolean, true),
    p_changes ->> 'oauth_client_id',
    p_changes ->> 'tls_ca_pem',
    coalesce((p_changes ->> 'raise_only')::boolean, false),
    coalesce((p_changes ->> 'owner_projects')::integer, 5),
    coalesce((p_changes ->> 'member_projects')::integer, 0),
    coalesce((p_changes ->> 'projects_without_credit')::integer, 1)
  );
end
$$;

-- functions/assign-cluster/src/list_deployments.sql

-- A page of the caller's deployments, newest first, without deleted ones.
create function list_deployments(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select d.description::json
      from described_deployments d
      where d.user_id = v_caller.id
        and d.status <> 'deleted'
        and (v_after_id is null or (d.created_at, d.id) < (v_after_time, v_after_id))
      order by d.created_at desc, d.id desc
      limit v_limit + 1
    )
  );
end
$$;

-- functions/assign-cluster/src/list_hopsworks_accounts.sql

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

-- functions/assign-cluster/src/list_hopsworks_clusters.sql

-- A page of clusters, newest first, with how many users wait for a seat anywhere.
create function list_hopsworks_clusters(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select c.description::json
      from described_hopsworks_clusters c
      where v_after_id is null or (c.created_at, c.id) < (v_after_time, v_after_id)
      order by c.created_at desc, c.id desc
      limit v_limit + 1
    )
  )::jsonb || jsonb_build_object('waiting_users', (select count(*) from public.users where waiting_since is not null));
end
$$;

-- functions/assign-cluster/src/retry_hopsworks_account.sql

-- Has an account tried again now: one that is stuck, or waits for its next try. One that is as it should be is looked at.
create function retry_hopsworks_account(args jsonb) returns json
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
  v_account app.hopsworks_accounts;
begin
  select * into v_account from app.hopsworks_accounts where id = v_id;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'hopsworks_account_unknown',
      detail = 'There is no account of this id. GET /api/admin/hopsworks-accounts lists them.';
  end if;
  if not is_audited(args, 'hopsworks_accounts.retry', v_id::text) then
    -- Instances before accounts, as everywhere.
    perform from public.instances where user_id = v_account.user_id for no key update;
    update app.hopsworks_accounts
    set wanted_since = case when done_revision = revision then app.now() else wanted_since end,
        revision = case when done_revision = revision then revision + 1 else revision end,
        attempts = 0,
        next_attempt_at = app.now(),
        error_code = null,
        error_detail = null,
        stuck_since = null
    where id = v_id;
    perform write_audit(
      args,
      'hopsworks_accounts.retry',
      v_id::text,
      jsonb_build_object('code', v_account.error_code, 'attempts', v_account.attempts),
      null
    );
  end if;
  return (describe_hopsworks_accounts(array[v_id]))[1];
end
$$;

-- functions/assign-cluster/src/unassign_user.sql

-- Frees a user's seat. If the user owns an account, the team loses its seats too, because members may sit nowhere else.
-- These users do not wait: each gets a seat again at their next login. The free seats go to users who wait. A call that
-- is repeated with the same request id finds it done, wherever the user sits now. (A call that found no seat left no
-- trace.)
create function unassign_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_user_id text := args #>> '{input,user_id,id}';
  v_before jsonb;
  v_freed integer;
begin
  perform lock_seats();
  perform require_named_user(args #> '{input,user_id}');
  if is_audited(args, 'users.unassign', v_user_id) then
    return describe_place(v_user_id);
  end if;
  v_before := describe_team_places(v_user_id);
  delete from public.user_hopsworks_assignments
  where user_id = any (v_user_id || array(select id from public.users where account_owner_id = v_user_id));
  get diagnostics v_freed = row_count;
  if v_freed > 0 then
    perform place_waiting();
    perform write_audit(args, 'users.unassign', v_user_id, v_before, describe_team_places(v_user_id));
  end if;
  return describe_place(v_user_id);
end
$$;

-- functions/assign-cluster/src/update_deployment.sql

-- Changes a deployment of the caller. What the change leaves out stays, and null removes.
create function update_deployment(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_id uuid := args #>> '{input,id}';
  v_changes jsonb := args #> '{input,changes}';
begin
  perform require_deployment(v_caller.id, v_id);
  update public.clusters
  set deployment_type = coalesce(v_changes ->> 'deployment_type', deployment_type),
      zone = case when v_changes ? 'zone' then v_changes ->> 'zone' else zone end,
      status = coalesce(v_changes ->> 'status', status),
      hopsworks_project_id = case
        when v_changes ? 'hopsworks_project_id' then v_changes ->> 'hopsworks_project_id'
        else hopsworks_project_id
      end,
      hopsworks_api_key = case
        when v_changes ? 'hopsworks_api_key' then v_changes ->> 'hopsworks_api_key'
        else hopsworks_api_key
      end
  where id = v_id and status <> 'deleted';
  return (select d.description from described_deployments d where d.id = v_id and d.user_id = v_caller.id);
end
$$;

-- functions/assign-cluster/src/update_hopsworks_cluster.sql

-- Changes a cluster, and seats users who wait if that made room. Nobody loses a seat: fewer seats than users are
-- refused, users of a cluster in maintenance stay, and a cluster becomes `inactive` when it is empty. A call that is repeated with the same request id finds its
-- change made, whatever has changed since.
create function update_hopsworks_cluster(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_id uuid := args #>> '{input,id}';
  v_changes jsonb := args #> '{input,changes}';
  v_cluster public.hopsworks_clusters;
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_seats();
  select * into v_cluster from public.hopsworks_clusters where id = v_id for no key update;
  perform require_hopsworks_cluster(v_id);
  v_before := (select c.description from described_hopsworks_clusters c where c.id = v_id);
  if is_audited(args, 'hopsworks_clusters.update', v_id::text) then
    return v_before;
  end if;
  if (v_changes ->> 'max_users')::integer < v_cluster.current_users then
    raise exception using
      errcode = 'AP409',
      message = 'seats_in_use',
      detail = format(
        '%s users sit on this cluster. Move them to another one, or unassign them, before you lower max_users.',
        v_cluster.current_users
      );
  end if;
  if v_cluster.api_key is not null
    and not v_changes ? 'api_key'
    and app.server_of(v_changes ->> 'api_url') <> app.server_of(v_cluster.api_url)
  then
    -- The trigger `refuse_moved_key` refuses it to everybody.
    raise exception using
      errcode = 'AP409',
      message = 'api_key_of_another_server',
      detail = 'The API key was given for another server. Send the key for the new address with it, or null.';
  end if;
  perform require_token_of_server(v_id, v_changes -> 'collection');
  if v_changes ->> 'status' = 'inactive' and v_cluster.status <> 'inactive' and v_cluster.current_users > 0 then
    raise exception using
      errcode = 'AP409',
      message = 'hopsworks_cluster_has_users',
      detail = format(
        '%s users sit on this cluster. Put it into maintenance, move them to another one or unassign them, and make it '
          'inactive then.',
        v_cluster.current_users
      );
  end if;
  update public.hopsworks_clusters
  set api_url = coalesce(v_changes ->> 'api_url', api_url),
      api_key = case when v_changes ? 'api_key' then v_changes ->> 'api_key' else api_key end,
      max_users = coalesce((v_changes ->> 'max_users')::integer, max_users),
      status = coalesce(v_changes ->> 'status', status),
      metadata = merge_metadata(metadata, v_changes -> 'metadata')
  where id = v_id;
  perform set_provisioning(v_id, v_changes -> 'provisioning');
  perform set_collection(v_id, v_changes -> 'collection');
  perform place_waiting();
  v_after := (select c.description from described_hopsworks_clusters c where c.id = v_id);
  perform write_audit(
    args,
    'hopsworks_clusters.update',
    v_id::text,
    -- The log is kept for ever, and what is seen on a cluster is about people.
    v_before #- '{provisioning,sweep}',
    v_after #- '{provisioning,sweep}'
      || case when v_changes ? 'api_key' then '{"api_key": "[changed]"}'::jsonb else '{}' end
      || case when v_changes -> 'collection' ? 'token' then '{"collection_token": "[changed]"}'::jsonb else '{}' end
  );
  return v_after;
end
$$;

-- functions/collect-usage/src/attribute_usage.sql

-- Bills hours that waited for an owner and have one by now, of the first cluster behind `after` that has such: five hundred
-- at most, the oldest first. It answers which cluster that was, and how many hours; without a cluster there are no more.
--
-- An hour that no price applies to, or that is too old for a reading, goes on waiting.
create function attribute_usage(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  c_at_once constant integer := 500;
  v_after uuid := args #>> '{input,after}';
  v_cluster_id uuid;
  v_hours namespace_hour[];
  v_code text;
begin
  perform authorize(args, 'schedule');
  v_cluster_id := (
    select s.hopsworks_cluster_id
    from app.usage_collection s
    where (v_after is null or s.hopsworks_cluster_id > v_after)
      and cardinality(waiting_owned_hours(s.hopsworks_cluster_id, 1)) > 0
    order by s.hopsworks_cluster_id
    limit 1
  );
  if v_cluster_id is null then
    return jsonb_build_object('cluster_id', null, 'hours', 0);
  end if;
  -- As when an hour is settled: what is billed of one cluster has an order.
  perform lock_billing_terms_shared();
  perform from app.usage_collection where hopsworks_cluster_id = v_cluster_id for no key update;
  v_hours := waiting_owned_hours(v_cluster_id, c_at_once);
  v_code := bill_namespaces(v_cluster_id, v_hours);
  return jsonb_build_object(
    'cluster_id', v_cluster_id, 'hours', case when v_code is null then cardinality(v_hours) else 0 end
  );
end
$$;

-- Hours of a cluster that were nobody's, and whose namespaces are owned at that time, as is known now.
create function waiting_owned_hours(p_cluster_id uuid, p_limit integer) returns namespace_hour[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_first_day date := (select min(effective_on) from app.usage_rates);
  v_settings app.usage_collection;
  v_since timestamptz := greatest(
    app.now() - interval '35 days', app.readings_kept_since(), v_first_day::timestamp at time zone 'UTC'
  );
begin
  if v_first_day is null then
    return '{}';
  end if;
  select * into v_settings from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
  return array(
    select row(w.hour, w.namespace, w.cpu_hours, w.gpu_hours, w.storage_gb)::namespace_hour
    from app.hopsworks_projects p
    cross join lateral (
      select n.*
      from app.namespace_hours n
      where n.hopsworks_cluster_id = p.hopsworks_cluster_id
        and n.namespace = p.namespace
        and n.user_id is null
        and n.hour >= greatest(p.from_hour, v_since)
        and n.hour < p.to_hour
        -- As in `own_hours`.
        and (p.hopsworks_project_id is null or n.hour + interval '1 hour' <= v_settings.projects_seen_at)
      order by n.hour
      limit p_limit
    ) w
    where p.hopsworks_cluster_id = p_cluster_id and p.user_id is not null and p.namespace <> all (v_settings.system_namespaces)
    order by w.hour, w.namespace
    limit p_limit
  );
end
$$;

grant execute on function attribute_usage(jsonb) to collector;

-- functions/collect-usage/src/bill_namespaces.sql

-- What a namespace used in an hour, and whose it is. Without a user it is nobody's.
create type owned_hour as (
  hour timestamptz,
  namespace text collate "C",
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric,
  user_id text collate "C",
  project text
);

-- The source of a cluster's readings. It belongs to `collect-usage`.
create function source_of_cluster(p_cluster_id uuid) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return 'opencost:' || p_cluster_id;
end
$$;

-- Keeps what namespaces used, and bills it to their owners, through the same functions as `POST /api/usage`. The caller
-- holds the cluster's row of `app.usage_collection`. It answers null, or why nothing was done, if time can mend that.
--
-- Whom an hour was billed to once, it is billed to for good: it does not pass to another owner. An hour that nobody owned
-- is billed to the first who does. A reading is the sum of an owner's namespaces of one project. The caller has locked the
-- terms of billing before that row.
create function bill_namespaces(p_cluster_id uuid, p_hours namespace_hour[]) returns text
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_owned owned_hour[] := own_hours(p_cluster_id, p_hours);
  v_keys owned_hour[];
  v_readings priced_reading[];
  v_stored record;
begin
  if cardinality(claim_sources(array[source_of_cluster(p_cluster_id)], 'collect-usage')) > 0 then
    return 'source_of_another_client';
  end if;
  select array_agg(r.key order by r.index), price_readings(jsonb_agg(r.reading), '{}')
  into v_keys, v_readings
  from sum_owned_hours(p_cluster_id, v_owned) r;
  -- No price applies yet; or the month is put away.
  if exists (select from unnest(v_readings) r where r.rejection in ('rate_missing', 'window_too_old')) then
    return (select min(r.rejection) from unnest(v_readings) r where r.rejection in ('rate_missing', 'window_too_old'));
  end if;
  perform lock_accounts(array(
    select distinct r.account_owner_id from unnest(v_readings) r where r.rejection is null
  ));
  v_stored := store_batch(v_readings, 'collect-usage');
  perform post_entries(v_stored.changes);
  insert into app.namespace_hours as k (
    hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb, user_id, project, rejection
  )
  select p_cluster_id, o.hour, o.namespace, o.cpu_hours, o.gpu_hours, o.storage_gb, o.user_id, o.project, f.code
  from unnest(v_owned) o
  left join (
    select k.hour, k.user_id, k.project, s.result ->> 'code' as code
    from jsonb_array_elements(v_stored.results) s (result)
    join unnest(v_keys) with ordinality k on k.ordinality = (s.result ->> 'index')::integer + 1
    where s.result ->> 'result' = 'rejected'
  ) f on (f.hour, f.user_id, f.project) = (o.hour, o.user_id, o.project)
  order by o.hour, o.namespace
  on conflict (hopsworks_cluster_id, hour, namespace) do update
  set cpu_hours = excluded.cpu_hours,
      gpu_hours = excluded.gpu_hours,
      storage_gb = excluded.storage_gb,
      user_id = excluded.user_id,
      project = excluded.project,
      rejection = excluded.rejection;
  return null;
end
$$;

-- Whose these hours are: those they were billed to, else the owners of the namespaces at that time. A list of projects tells
-- of hours that were over when it was made: for later ones somebody waits, because the project may have passed on meanwhile.
-- Nobody owns the cluster's own namespaces, whatever projects are called.
create function own_hours(p_cluster_id uuid, p_hours namespace_hour[]) returns owned_hour[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_settings app.usage_collection;
begin
  select * into v_settings from app.usage_collection where hopsworks_cluster_id = p_cluster_id;
  return array(
    select
      row(
        h.hour, h.namespace, h.cpu_hours, h.gpu_hours, h.storage_gb,
        coalesce(k.user_id, p.user_id), coalesce(k.project, p.name)
      )::owned_hour
    from unnest(p_hours) h
    left join lateral (
      select n.user_id, n.project
      from app.namespace_hours n
      where n.hopsworks_cluster_id = p_cluster_id and n.hour = h.hour and n.namespace = h.namespace and n.rejection is null
      limit 1
    ) k on true
    left join lateral (
      select o.user_id, o.name
      from app.hopsworks_projects o
      where o.hopsworks_cluster_id = p_cluster_id
        and o.namespace = h.namespace
        and o.from_hour <= h.hour
        and o.to_hour > h.hour
        and o.user_id is not null
        and o.namespace <> all (v_settings.system_namespaces)
        and (o.hopsworks_project_id is null or h.hour + interval '1 hour' <= v_settings.projects_seen_at)
      order by o.from_hour desc
      limit 1
    ) p on k.user_id is null
  );
end
$$;

-- The readings that follow from these hours, numbered from 0, and what each is about. Other namespaces of the same owner,
-- project and hour count, too. What used nothing, and was never told of, gives none.
create function sum_owned_hours(p_cluster_id uuid, p_owned owned_hour[])
returns table (index integer, key owned_hour, reading jsonb)
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return query
  with part as (
    select o.hour, o.user_id, o.project, o.cpu_hours, o.gpu_hours, o.storage_gb, true as is_new
    from unnest(p_owned) o
    where o.user_id is not null
    union all
    select n.hour, n.user_id, n.project, n.cpu_hours, n.gpu_hours, n.storage_gb, false
    from (select distinct o.hour from unnest(p_owned) o) h
    cross join lateral (
      select k.* from app.namespace_hours k where k.hopsworks_cluster_id = p_cluster_id and k.hour = h.hour and k.user_id is not null
    ) n
    left join unnest(p_owned) o on (o.hour, o.namespace) = (n.hour, n.namespace)
    where o.hour is null
  ),
  total as (
    select
      p.hour, p.user_id, p.project, sum(p.cpu_hours) as cpu_hours, sum(p.gpu_hours) as gpu_hours, sum(p.storage_gb) as storage_gb
    from part p
    group by p.hour, p.user_id, p.project
    having bool_or(p.is_new)
  ),
  numbered as (
    select row_number() over (order by t.hour, t.user_id, t.project)::integer - 1 as index, t.*
    from total t
    left join lateral (
      select true as is_known
      from app.usage_readings r
      where r.user_id = t.user_id
        and r.window_start = t.hour
        and r.source = source_of_cluster(p_cluster_id)
        and r.project = t.project
      limit 1
    ) k on true
    where k.is_known or t.cpu_hours > 0 or t.gpu_hours > 0 or t.storage_gb > 0
  )
  select
    n.index,
    row(n.hour, null, null, null, null, n.user_id, n.project)::owned_hour,
    jsonb_build_object(
      'index', n.index,
      'source', source_of_cluster(p_cluster_id),
      'user_id', n.user_id,
      'project', n.project,
      'window_start', n.hour,
      'window_end', n.hour + interval '1 hour',
      'cpu_hours', n.cpu_hours,
      'gpu_hours', n.gpu_hours,
      'storage_gb', n.storage_gb
    )
  from numbered n;
end
$$;

-- functions/collect-usage/src/claim_hours.sql

-- Leases clusters whose hours are due, each for ten minutes, and answers which hours of each, oldest first, and how its
-- OpenCost is reached. The lease comes with the call, so that a repeated call finds its own clusters.
--
-- An hour is expected as soon as it has been over for as long as the cluster's settings say, and given up when it is so
-- old that no reading of it would be taken.
create function claim_hours(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_lease uuid := args #>> '{input,lease}';
  v_room integer := args #>> '{input,room}';
begin
  perform authorize(args, 'schedule');
  -- One claim at a time.
  perform pg_advisory_xact_lock(hashtext('app.usage_collection'));
  if not exists (select from app.usage_collection where lease = v_lease) then
    perform expect_hours();
    update app.usage_collection s
    set lease = v_lease, leased_until = app.now() + interval '10 minutes'
    where s.hopsworks_cluster_id = any (array(
      select d.hopsworks_cluster_id
      from app.usage_collection d
      cross join lateral (
        select c.hour
        from app.usage_coverage c
        -- By the index of what is due, whose order this is.
        where c.hopsworks_cluster_id between d.hopsworks_cluster_id and d.hopsworks_cluster_id
          and c.due_at <= app.now()
          and c.hour >= d.collect_from
        order by c.hopsworks_cluster_id, c.hour
        limit 1
      ) h
      where d.collects
        and d.next_attempt_at <= app.now()
        and (d.leased_until is null or d.leased_until <= app.now())
      order by h.hour
      limit v_room
      for no key update of d skip locked
    ));
  end if;
  return jsonb_build_object('clusters', describe_claimed_hours(v_lease));
end
$$;

-- Notes the hours of each cluster that are to be read by now, and gives up those that nobody would take any more.
create function expect_hours() returns void
language plpgsql
set search_path from current
as $$
declare
  -- Readings may be 35 days old; the hour that is left is for reading.
  v_oldest constant timestamptz := date_trunc('hour', app.now() at time zone 'UTC') at time zone 'UTC' - interval '35 days';
begin
  -- All of them each time: usage may be collected from an earlier hour than it was, or there may have been a pause.
  insert into app.usage_coverage (hopsworks_cluster_id, hour, due_at)
  select s.hopsworks_cluster_id, h.hour, h.hour + interval '1 hour' + s.closed_for
  from app.usage_collection s
  cross join lateral generate_series(
    greatest(s.collect_from, v_oldest), app.now() - interval '1 hour' - s.closed_for, interval '1 hour'
  ) as h (hour)
  where s.collects
  on conflict (hopsworks_cluster_id, hour) do nothing;
  update app.usage_coverage
  set state = case when state in ('expected', 'missing') then 'given_up' else state end, due_at = null
  where due_at is not null and hour < v_oldest;
end
$$;

-- The clusters of a lease, a day of hours each at most.
create function describe_claimed_hours(p_lease uuid) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', s.hopsworks_cluster_id,
      'opencost_url', s.opencost_url,
      'tls_ca_pem', s.tls_ca_pem,
      'token', s.token,
      'hours', array(
        select c.hour
        from app.usage_coverage c
        where c.hopsworks_cluster_id between s.hopsworks_cluster_id and s.hopsworks_cluster_id
          and c.due_at <= app.now()
          and c.hour >= s.collect_from
        -- Hours that were tried in vain hold up no others.
        order by c.attempts > 0, c.hour
        limit 24
      )
    ) order by s.hopsworks_cluster_id), '[]')
    from app.usage_collection s
    where s.lease = p_lease and s.leased_until > app.now()
  );
end
$$;

grant execute on function claim_hours(jsonb) to collector;

-- functions/collect-usage/src/count_hours.sql

-- How the collection of usage is, for the alarms: for how many seconds the hour that has been due longest is so, how many
-- hours are missing, how many of them because an answer cannot be true, how many clusters cannot be asked; and of the last
-- two days, how many namespaces nobody pays for, and how many hours others report of, too.
create function count_hours(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return (
    select jsonb_build_object(
      'oldest_due_s', coalesce(max(a.oldest_due_s), 0),
      'missing', coalesce(sum(a.missing), 0),
      'implausible', coalesce(sum(a.implausible), 0),
      'failing', count(*) filter (where s.error_code is not null),
      'unattributed', coalesce(sum(u.namespaces), 0),
      'reported_twice', coalesce(sum(t.hours), 0)
    )
    from app.usage_collection s
    cross join lateral (
      select
        greatest(0, extract(epoch from app.now() - min(c.hour) - interval '1 hour' - s.closed_for))::bigint as oldest_due_s,
        count(*) filter (where c.state = 'missing') as missing,
        count(*) filter (where c.error_code in ('empty_answer', 'fewer_namespaces', 'more_than_the_cluster')) as implausible
      from app.usage_coverage c
      where c.hopsworks_cluster_id = s.hopsworks_cluster_id and c.due_at is not null and c.digest is null and c.hour >= s.collect_from
    ) a
    cross join lateral (
      select count(distinct n.namespace) as namespaces
      from app.namespace_hours n
      where n.hopsworks_cluster_id = s.hopsworks_cluster_id
        and n.hour > app.now() - interval '2 days'
        and (n.user_id is null or n.rejection <> 'day_taken_over')
        and n.namespace <> all (s.system_namespaces)
    ) u
    cross join lateral (
      select count(*) as hours
      from app.usage_coverage c
      where c.hopsworks_cluster_id = s.hopsworks_cluster_id
        and c.hour > app.now() - interval '2 days'
        and c.other_sources <> '{}'
    ) t
    where s.collects
  );
end
$$;

grant execute on function count_hours(jsonb) to collector;

-- functions/collect-usage/src/settle_hour.sql

-- Takes what was read of an hour of a cluster, or why nothing was: bills each namespace to its owner of that hour, and
-- notes what is known of the hour. Only while the caller has the lease. It may be called twice: values are absolute.
--
-- Missing is not zero. An answer that cannot be true (no namespace at all, fewer than half of those of the hour before,
-- more than the cluster has) leaves the hour missing until another answer comes, or an administrator accepts it. A later
-- answer that differs moves the difference.
create function settle_hour(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_hour timestamptz := v_input ->> 'hour';
  v_settings app.usage_collection;
  v_coverage app.usage_coverage;
  v_hours namespace_hour[];
  -- By which another answer is told from this one.
  v_digest text;
  v_code text := v_input #>> '{failure,code}';
  v_detail text := v_input #>> '{failure,detail}';
  v_is_of_cluster boolean := coalesce((v_input #>> '{failure,is_of_cluster}')::boolean, false);
begin
  perform authorize(args, 'schedule');
  perform lock_billing_terms_shared();
  -- Held until the end: what is billed of one cluster has an order.
  select * into v_settings
  from app.usage_collection
  where hopsworks_cluster_id = (v_input ->> 'cluster_id')::uuid and lease = (v_input ->> 'lease')::uuid
  for no key update;
  if not found or v_settings.leased_until <= app.now() then
    return jsonb_build_object('is_ours', false);
  end if;
  select * into v_coverage
  from app.usage_coverage
  where hopsworks_cluster_id = v_settings.hopsworks_cluster_id and hour = v_hour;
  if v_code is null then
    v_hours := array(
      select row(v_hour, n.namespace, n.cpu_hours, n.gpu_hours, n.storage_gb)::namespace_hour
      from jsonb_to_recordset(v_input -> 'namespaces') n (
        namespace text collate "C", cpu_hours numeric, gpu_hours numeric, storage_gb numeric
      )
    );
    v_digest := encode(sha256(convert_to(array(select h from unnest(v_hours) h order by h.namespace)::text, 'UTF8')), 'hex');
    if v_coverage.accepted_by is null or v_coverage.doubted_digest is distinct from v_digest then
      select d.code, d.detail into v_code, v_detail from doubt_hour(v_settings, v_coverage, v_hours) d;
    end if;
  end if;
  if v_code is null
    and (
      v_coverage.digest is distinct from v_digest
      -- What was refused may be taken by now.
      or exists (
        select
        from app.namespace_hours
        where hopsworks_cluster_id = v_coverage.hopsworks_cluster_id and hour = v_hour and rejection is not null
      )
    )
  then
    v_code := bill_namespaces(v_settings.hopsworks_cluster_id, v_hours || lost_namespaces(v_coverage, v_hours));
    v_detail := null;
  end if;
  if v_code is null then
    perform note_read_hour(v_coverage, v_hours, v_digest);
  else
    perform note_missing_hour(v_coverage, v_code, v_detail, v_digest);
  end if;
  perform note_answer(v_settings, v_is_of_cluster, v_code, v_detail, (v_input ->> 'is_last')::boolean);
  if v_code is null then
    perform ask_for_owners(v_settings, v_hour);
  end if;
  return jsonb_build_object('is_ours', true, 'code', v_code);
end
$$;

-- Why an answer cannot be true.
create function doubt_hour(
  p_settings app.usage_collection,
  p_coverage app.usage_coverage,
  p_hours namespace_hour[],
  out code text,
  out detail text
)
language plpgsql stable
set search_path from current
as $$
declare
  v_count integer := cardinality(p_hours);
  v_before integer := (
    select c.namespaces
    from app.usage_coverage c
    -- By the key, whose order this is.
    where c.hopsworks_cluster_id between p_coverage.hopsworks_cluster_id and p_coverage.hopsworks_cluster_id
      and c.hour < p_coverage.hour
      and c.digest is not null
    order by c.hopsworks_cluster_id desc, c.hour desc
    limit 1
  );
  v_cpu_hours numeric;
  v_gpu_hours numeric;
begin
  select sum(h.cpu_hours), sum(h.gpu_hours) into v_cpu_hours, v_gpu_hours from unnest(p_hours) h;
  if v_count = 0 then
    code := 'empty_answer';
    detail := 'it names no namespace';
  elsif v_count * 2 < v_before then
    code := 'fewer_namespaces';
    detail := format('it names %s namespaces, and %s the hour before', v_count, v_before);
  elsif v_cpu_hours > p_settings.cpu_cores or v_gpu_hours > p_settings.gpus then
    code := 'more_than_the_cluster';
    detail := format(
      'it tells of %s CPU hours and %s GPU hours in one hour of a cluster with %s cores and %s GPUs',
      v_cpu_hours, v_gpu_hours, p_settings.cpu_cores, p_settings.gpus
    );
  end if;
end
$$;

-- Namespaces that were read before and are not in this answer: they used nothing, as it turns out.
create function lost_namespaces(p_coverage app.usage_coverage, p_hours namespace_hour[]) returns namespace_hour[]
language plpgsql stable
set search_path from current
as $$
begin
  return array(
    select row(k.hour, k.namespace, 0, 0, 0)::namespace_hour
    from app.namespace_hours k
    where k.hopsworks_cluster_id = p_coverage.hopsworks_cluster_id
      and k.hour = p_coverage.hour
      and k.namespace <> all (array(select h.namespace from unnest(p_hours) h))
  );
end
$$;

-- It was read. A day later it is read once more: OpenCost may have learned more by then.
create function note_read_hour(p_coverage app.usage_coverage, p_hours namespace_hour[], p_digest text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_is_other boolean := p_coverage.digest <> p_digest;
begin
  update app.usage_coverage c
  set state = case when v_is_other then 'revised' when c.digest is null then 'collected' else c.state end,
      due_at = case
        when c.collected_at is null then app.now() + interval '1 day'
        -- This was not the later time yet: a call whose answer was lost is repeated.
        when c.due_at > app.now() then c.due_at
      end,
      attempts = 0,
      error_code = null,
      error_detail = null,
      collected_at = coalesce(c.collected_at, app.now()),
      revised_at = case when v_is_other then app.now() else c.revised_at end,
      namespaces = s.namespaces,
      cpu_hours = s.cpu_hours,
      gpu_hours = s.gpu_hours,
      storage_gb = s.storage_gb,
      digest = p_digest,
      accepted_by = null,
      doubted_digest = null,
      other_sources = sources_beside(p_coverage.hopsworks_cluster_id, p_coverage.hour)
  from (
    select
      count(*) as namespaces,
      coalesce(sum(h.cpu_hours), 0) as cpu_hours,
      coalesce(sum(h.gpu_hours), 0) as gpu_hours,
      coalesce(sum(h.storage_gb), 0) as storage_gb
    from unnest(p_hours) h
  ) s
  where c.hopsworks_cluster_id = p_coverage.hopsworks_cluster_id and c.hour = p_coverage.hour;
end
$$;

-- It was not read, and is tried again. An hour that was read before stays what it is.
create function note_missing_hour(
  p_coverage app.usage_coverage, p_code text, p_detail text, p_digest text
) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_coverage
  set state = case when digest is not null then state when p_code = 'window_too_old' then 'given_up' else 'missing' end,
      due_at = case
        when p_code <> 'window_too_old' then app.now() + least(interval '1 minute' * 2 ^ least(attempts, 6), interval '1 hour')
      end,
      attempts = attempts + 1,
      error_code = p_code,
      error_detail = p_detail,
      doubted_digest = p_digest
  where hopsworks_cluster_id = p_coverage.hopsworks_cluster_id and hour = p_coverage.hour;
end
$$;

-- Whether the cluster's OpenCost could be asked at all. If not, no other hour would fare better: the lease ends.
create function note_answer(
  p_settings app.usage_collection, p_failed boolean, p_code text, p_detail text, p_is_last boolean
) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_collection
  set error_code = case when p_failed then p_code end,
      error_detail = case when p_failed then p_detail end,
      failing_since = case when p_failed then coalesce(failing_since, app.now()) end,
      attempts = case when p_failed then attempts + 1 else 0 end,
      next_attempt_at = case
        when p_failed then app.now() + least(interval '1 minute' * 2 ^ least(attempts, 6), interval '1 hour')
        else app.now()
      end,
      lease = case when not (p_is_last or p_failed) then lease end,
      leased_until = case when not (p_is_last or p_failed) then leased_until end
  where hopsworks_cluster_id = p_settings.hopsworks_cluster_id;
end
$$;

-- A namespace that nobody owns may be a project that is younger than the list of projects.
create function ask_for_owners(p_settings app.usage_collection, p_hour timestamptz) returns void
language plpgsql
set search_path from current
as $$
begin
  update app.usage_collection s
  set projects_due_at = app.now()
  where s.hopsworks_cluster_id = p_settings.hopsworks_cluster_id
    and s.projects_due_at > app.now()
    and (s.projects_seen_at is null or s.projects_seen_at < app.now() - interval '5 minutes')
    and exists (
      select
      from app.namespace_hours n
      where n.hopsworks_cluster_id = s.hopsworks_cluster_id
        and n.hour = p_hour
        and n.user_id is null
        and n.namespace <> all (s.system_namespaces)
    );
end
$$;

-- Sources of others that report of the same user and project in this hour.
create function sources_beside(p_cluster_id uuid, p_hour timestamptz) returns text[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  return array(
    select distinct r.source
    from app.namespace_hours n
    cross join lateral (
      select o.source
      from app.usage_readings o
      where o.user_id = n.user_id
        -- Windows lie within a day.
        and o.window_start > p_hour - interval '24 hours'
        and o.window_start < p_hour + interval '1 hour'
        and o.window_end > p_hour
        and o.project = n.project
        and o.source <> source_of_cluster(p_cluster_id)
        and (o.cpu_hours > 0 or o.gpu_hours > 0 or o.storage_gb > 0)
    ) r
    where n.hopsworks_cluster_id = p_cluster_id and n.hour = p_hour and n.user_id is not null
    order by 1
  );
end
$$;

grant execute on function settle_hour(jsonb) to collector;

-- functions/credits/src/adjust_credits.sql

-- Corrects an account's credits by a signed amount, with a reason. With `refund_of` it returns a purchase of the
-- account, in part or whole, but never more than was paid.
create function adjust_credits(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_amount numeric := v_input ->> 'amount';
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
  v_refunded_seq bigint;
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_user(v_input ->> 'user_id');
  perform lock_account_to_credit(v_input ->> 'user_id');
  if v_input ->> 'refund_of' is null then
    return write_entry(args, 'adjustment', v_amount, null);
  end if;
  v_refunded_seq := require_refundable(v_input ->> 'user_id', (v_input ->> 'refund_of')::uuid, -v_amount);
  return write_entry(args, 'refund', v_amount, v_refunded_seq);
end
$$;

-- Answers the entry of the purchase that is to be returned. It must be one of this account, and that much must be left
-- of it.
create function require_refundable(p_account_owner_id text, p_purchase_id uuid, p_amount numeric)
returns bigint
language plpgsql stable
set search_path from current
as $$
declare
  v_purchase app.credit_transactions;
  v_left numeric;
begin
  select * into v_purchase
  from app.credit_transactions
  where id = p_purchase_id and account_owner_id = p_account_owner_id and kind = 'purchase';
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'purchase_unknown',
      detail = 'This account has no purchase of this id. GET /api/credits/transactions lists them.';
  end if;
  select v_purchase.amount + coalesce(sum(r.amount), 0)
  into v_left
  from app.credit_transactions r
  where r.account_owner_id = p_account_owner_id and r.refunded_seq = v_purchase.seq;
  if p_amount > v_left then
    raise exception using
      errcode = 'AP409',
      message = 'refund_exceeds_purchase',
      detail = format('Of this purchase %s is left to return. Return that much or less.', v_left);
  end if;
  return v_purchase.seq;
end
$$;

-- functions/credits/src/credit_state.sql

-- What the balance of an account has made of it, by the policy in force. A month in which nothing has been posted yet has
-- cost nothing. Users who were added by hand have no row yet: their state is good.
create function describe_credit_state(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'state', coalesce(c.state, 'good'),
      'state_since', coalesce(c.state_since, u.created_at),
      'grace_days_left', case c.state
        -- Begun days count.
        when 'exhausted' then greatest(ceil(extract(epoch from grace.ends_at - app.now()) / 86400), 0)::integer
        when 'overdue' then 0
      end,
      'month_cost', app.round_cost(case when month.is_present then c.month_scaled_cost_usd else 0 end)::text,
      'cap_level', case when month.is_present then c.cap_level else 0 end,
      'policy', describe_policy_in_force(u.id)
    )
    from public.users u
    left join lateral (
      select * from public.user_credits where user_id between u.id and u.id order by user_id limit 1
    ) c on true
    cross join lateral (select c.exhausted_at + c.grace_days * interval '24 hours' as ends_at) grace
    cross join lateral (
      select coalesce(c.month >= date_trunc('month', app.now() at time zone 'UTC')::date, false) as is_present
    ) month
    where u.id between p_account_owner_id and p_account_owner_id
    order by u.id
    limit 1
  );
end
$$;

-- functions/credits/src/credits.sql

-- Credits as their owner sees them. `low` means less than a week at the present pace.
--
-- The pace is the average of the last seven days, or of the days since the account began to pay: when its owner was made
-- or left a team, or by the first of these days that has usage.
create function describe_credits(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'user_id', u.id,
      'status', case
        when coalesce(c.balance, 0) <= 0 then 'exhausted'
        when l.days < 7 then 'low'
        else 'ok'
      end,
      'total_adjusted', coalesce(c.total_adjusted, 0.00)::text,
      'days_left', l.days
    ) || describe_totals(c)
    from public.users u
    left join public.user_credits c on c.user_id = u.id
    cross join lateral (
      select sum(d.scaled_cost_usd) as scaled_cost_usd, min(d.date) as first_day
      from public.usage_daily d
      -- As pairs, which no index but that of the account can look up.
      where d.account_owner_id = u.id
        and (d.account_owner_id, d.date) >= (u.id, (app.now() at time zone 'UTC')::date - 6)
        and (d.account_owner_id, d.date) <= (u.id, (app.now() at time zone 'UTC')::date)
    ) week
    cross join lateral (
      select greatest((u.created_at at time zone 'UTC')::date, max(h.effective_on)) as first_day
      from app.account_memberships h
      where h.user_id = u.id
    ) account
    cross join lateral (
      select least((app.now() at time zone 'UTC')::date + 1 - greatest(least(account.first_day, week.first_day, (app.now() at time zone 'UTC')::date), (app.now() at time zone 'UTC')::date - 6), 7) as days
    ) pace
    cross join lateral (
      -- At most a hundred years.
      select case
        when week.scaled_cost_usd > 0 then least(
          div(greatest(coalesce(c.balance, 0), 0) * pace.days * app.billing_month_seconds(), week.scaled_cost_usd), 36500
        )::integer
      end as days
    ) l
    where u.id = p_account_owner_id
  );
end
$$;

-- functions/credits/src/default_policy.sql

-- The policy of accounts that say nothing else: what an administrator has set, where null means as at first, and what is in
-- force. A cap is an account's own.
create function describe_default_policy() returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_set app.default_credit_policy;
begin
  select * into v_set from app.default_credit_policy where id order by id limit 1;
  return jsonb_build_object(
    'own', describe_terms(
      v_set.warn_below, v_set.overdraft, v_set.grace_days, v_set.projects_when_exhausted, null
    ) - 'monthly_cap',
    -- Of an account that nobody has.
    'in_force', describe_policy_in_force('') - 'monthly_cap'
  );
end
$$;

-- functions/credits/src/get_credits.sql

-- An account's credits: the balance, what was bought and used, and how long the balance lasts at the pace of the last
-- seven days (UTC, with today), or of fewer if the account is younger; and what that makes of the account by its policy.
create function get_credits(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
begin
  return describe_credits(v_account_owner_id) || describe_credit_state(v_account_owner_id);
end
$$;

-- functions/credits/src/get_default_policy.sql

-- What the balance of an account does that has no policy of its own.
create function get_default_policy(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return describe_default_policy();
end
$$;

-- functions/credits/src/get_policy.sql

-- What the balance of an account does: its policy.
create function get_policy(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
begin
  return describe_policy(require_account(v_caller, args #>> '{input,user_id}'));
end
$$;

-- functions/credits/src/get_statement.sql

-- A month of an account: its balances, every entry between them that is no usage, and the usage by who used what. What is
-- charged is what the ledger says. An entry belongs to the month that had begun when it was written, in the order of the
-- ledger, so months share no entry and leave none out.
--
-- Usage is charged when it is reported, which may be in a later month. So the days of the month and the charges of the
-- month may differ: what the ledger has beyond the days stands in a line of its own.
create function get_statement(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account text := require_account(v_caller, args #>> '{input,user_id}');
  v_viewer text := case when not v_caller.is_admin then v_caller.id end;
  v_first_day date := args #>> '{input,first_day}';
  v_end timestamptz := (v_first_day + interval '1 month') at time zone 'UTC';
  v_first_seq bigint := find_first_entry(v_account, v_first_day::timestamp at time zone 'UTC');
  v_last_seq bigint := find_first_entry(v_account, v_end) - 1;
  v_totals jsonb := sum_entries(v_account, v_first_seq, v_last_seq);
  v_usage jsonb := list_statement_usage(v_account, v_first_day, (v_totals ->> 'usage')::numeric, v_viewer);
  v_statement jsonb;
begin
  v_statement := jsonb_build_object(
    'user_id', v_account,
    'month', to_char(v_first_day, 'YYYY-MM'),
    -- An entry has the time at which its transaction began: those that began before the end are written soon after.
    'state', case when app.now() < v_end + interval '1 minute' then 'open' else 'closed' end,
    'first_seq', case when v_first_seq <= v_last_seq then v_first_seq end,
    'last_seq', case when v_first_seq <= v_last_seq then v_last_seq end,
    'opening_balance', find_balance(v_account, v_first_seq - 1)::text,
    'closing_balance', find_balance(v_account, v_last_seq)::text,
    'totals', v_totals,
    'entries', list_statement_entries(v_account, v_first_seq, v_last_seq)
  ) || v_usage;
  perform require_small_statement(0, octet_length(v_statement::text));
  if (args #>> '{input,as_rows}')::boolean then
    return jsonb_build_object('rows', list_statement_rows(v_statement));
  end if;
  return v_statement;
end
$$;

-- The number of an account's first entry that was written at a moment or later; one after the last, if there is none. The
-- ledger is in the order of time, but for transactions that waited for each other. None takes ten minutes, so what comes
-- ten minutes before the moment is found by halves, and the rest is read.
create function find_first_entry(p_account_owner_id text, p_time timestamptz) returns bigint
language plpgsql stable
set search_path from current
as $$
declare
  v_next bigint := coalesce((select last_seq from public.user_credits where user_id = p_account_owner_id limit 1), 0) + 1;
  v_low bigint := 1::bigint;
  v_high bigint := v_next;
  v_middle bigint;
begin
  while v_low < v_high loop
    v_middle := (v_low + v_high) / 2;
    if (
      select created_at < p_time - interval '10 minutes'
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq = v_middle
    ) then
      v_low := v_middle + 1;
    else
      v_high := v_middle;
    end if;
  end loop;
  return coalesce(
    (
      select seq
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq >= v_low and created_at >= p_time
      order by seq
      limit 1
    ),
    v_next
  );
end
$$;

-- An account's balance after an entry; before the first one it is zero.
create function find_balance(p_account_owner_id text, p_seq bigint) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return coalesce(
    (
      select balance_after
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq = p_seq
    ),
    0.00
  );
end
$$;

-- What entries have added, by kind.
create function sum_entries(p_account_owner_id text, p_first_seq bigint, p_last_seq bigint) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select jsonb_build_object(
      'purchases', coalesce(sum(t.amount) filter (where t.kind = 'purchase'), 0.00)::text,
      'refunds', coalesce(sum(t.amount) filter (where t.kind = 'refund'), 0.00)::text,
      'adjustments', coalesce(sum(t.amount) filter (where t.kind = 'adjustment'), 0.00)::text,
      'openings', coalesce(sum(t.amount) filter (where t.kind = 'opening'), 0.00)::text,
      'usage', coalesce(sum(t.amount) filter (where t.kind = 'usage'), 0.00)::text
    )
    from (
      select *
      from app.credit_transactions
      where account_owner_id = p_account_owner_id and seq between p_first_seq and p_last_seq
      order by seq
    ) t
  );
end
$$;

-- The entries that are no usage, in the ledger's order.
create function list_statement_entries(p_account_owner_id text, p_first_seq bigint, p_last_seq bigint) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_entries jsonb[];
begin
  v_entries := array(
    select jsonb_build_object(
      'id', t.id,
      'seq', t.seq,
      'kind', t.kind,
      'amount', t.amount::text,
      'reference', t.reference,
      'reason', t.reason,
      'created_at', t.created_at
    )
    from app.credit_transactions t
    where t.account_owner_id = p_account_owner_id
      and t.seq between p_first_seq and p_last_seq
      and t.kind <> 'usage'
    order by t.seq
    limit most_statement_lines() + 1
  );
  perform require_small_statement(cardinality(v_entries), 0);
  return to_jsonb(v_entries);
end
$$;

-- functions/credits/src/list_transactions.sql

-- A page of an account's ledger, newest first.
create function list_transactions(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
  v_limit integer := args #>> '{input,limit}';
  v_after bigint := args #>> '{input,after,seq}';
begin
  return page(
    v_limit,
    array(
      select t.description::json
      from described_entries t
      where t.account_owner_id = v_account_owner_id and (v_after is null or t.seq < v_after)
      order by t.seq desc
      limit v_limit + 1
    ),
    array['seq']
  );
end
$$;

-- functions/credits/src/policy.sql

-- The policy of an account: what is the account's own, where null means as the default says, and what is in force.
create function describe_policy(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  v_own app.credit_policies;
begin
  select *
  into v_own
  from app.credit_policies
  where account_owner_id between p_account_owner_id and p_account_owner_id
  order by account_owner_id
  limit 1;
  return jsonb_build_object(
    'user_id', p_account_owner_id,
    'own', describe_terms(
      v_own.warn_below, v_own.overdraft, v_own.grace_days, v_own.projects_when_exhausted, v_own.monthly_cap
    ),
    'in_force', describe_policy_in_force(p_account_owner_id)
  );
end
$$;

create function describe_policy_in_force(p_account_owner_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select describe_terms(p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap)
    from app.policy_in_force(p_account_owner_id) p
  );
end
$$;

create function describe_terms(
  p_warn_below numeric,
  p_overdraft numeric,
  p_grace_days integer,
  p_projects_when_exhausted integer,
  p_monthly_cap numeric
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'warn_below', p_warn_below::text,
    'overdraft', p_overdraft::text,
    'grace_days', p_grace_days,
    'projects_when_exhausted', p_projects_when_exhausted,
    'monthly_cap', p_monthly_cap::text
  );
end
$$;

-- functions/credits/src/record_purchase.sql

-- Records credits that an account owner has paid for. A repeated call, with the same key and body, finds its entry.
create function record_purchase(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'machine', 'admin');
  v_input jsonb := args -> 'input';
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_buyer(v_input ->> 'user_id');
  perform lock_account_to_credit(v_input ->> 'user_id');
  return write_entry(args, 'purchase', (v_input ->> 'amount')::numeric, null);
end
$$;

-- functions/credits/src/set_default_policy.sql

-- Sets the policy of accounts that say nothing else. Those that are there go by it from the next daily work on
-- (`review_accounts`), because they may be many.
create function set_default_policy(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_policy jsonb := args #> '{input,policy}';
  v_before jsonb := describe_default_policy();
  v_after jsonb;
begin
  if is_audited(args, 'credits.default_policy', 'default') then
    -- A repeated call finds its change made, whatever has been decided since.
    return v_before;
  end if;
  insert into app.default_credit_policy (warn_below, overdraft, grace_days, projects_when_exhausted)
  values (
    (v_policy ->> 'warn_below')::numeric,
    (v_policy ->> 'overdraft')::numeric,
    (v_policy ->> 'grace_days')::integer,
    (v_policy ->> 'projects_when_exhausted')::integer
  )
  on conflict (id) do update
  set warn_below = excluded.warn_below,
      overdraft = excluded.overdraft,
      grace_days = excluded.grace_days,
      projects_when_exhausted = excluded.projects_when_exhausted;
  v_after := describe_default_policy();
  if v_after <> v_before then
    perform write_audit(args, 'credits.default_policy', 'default', v_before, v_after);
  end if;
  return v_after;
end
$$;

-- functions/credits/src/set_policy.sql

-- Sets the policy of an account, as a whole: what is null is as the default says. An owner sets when they are warned and
-- what a month may cost; how far and how long they may go without paying is an administrator's to say. The account's state
-- follows at once, by triggers, and so does the end of a suspension.
create function set_policy(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
  v_policy jsonb := args #> '{input,policy}';
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_account_to_credit(v_account_owner_id);
  v_before := describe_policy(v_account_owner_id);
  if v_caller.is_admin and is_audited(args, 'credits.policy', v_account_owner_id) then
    -- A repeated call finds its change made, whatever has been decided since.
    return v_before;
  end if;
  if not v_caller.is_admin then
    v_policy := as_owner_may(v_policy, v_before);
  end if;
  perform write_policy(v_account_owner_id, v_policy);
  perform end_suspension_for_money(v_account_owner_id);
  v_after := describe_policy(v_account_owner_id);
  if v_caller.is_admin and v_after <> v_before then
    perform write_audit(args, 'credits.policy', v_account_owner_id, v_before, v_after);
  end if;
  return v_after;
end
$$;

-- The policy that an owner asks for, with what an administrator has set. Sending that too, as it was answered, is no
-- attempt to change it.
create function as_owner_may(p_policy jsonb, p_before jsonb) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  c_of_administrators constant text[] := array['overdraft', 'grace_days', 'projects_when_exhausted'];
  v_field text;
begin
  select f.field
  into v_field
  from unnest(c_of_administrators) f (field)
  where p_policy -> f.field not in ('null', p_before -> 'own' -> f.field, p_before -> 'in_force' -> f.field)
  limit 1;
  if found then
    raise exception using
      errcode = 'AP403',
      message = 'policy_field_admin_only',
      detail = format('%s: an administrator sets this. Leave it out, or ask one.', v_field);
  end if;
  return p_policy || (
    select jsonb_object_agg(f.field, p_before -> 'own' -> f.field) from unnest(c_of_administrators) f (field)
  );
end
$$;

-- The caller holds the account's lock.
create function write_policy(p_account_owner_id text, p_policy jsonb) returns void
language plpgsql
set search_path from current
as $$
begin
  if jsonb_strip_nulls(p_policy) = '{}' then
    delete from app.credit_policies where account_owner_id = p_account_owner_id;
    return;
  end if;
  insert into app.credit_policies as p (
    account_owner_id, warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap
  )
  values (
    p_account_owner_id,
    (p_policy ->> 'warn_below')::numeric,
    (p_policy ->> 'overdraft')::numeric,
    (p_policy ->> 'grace_days')::integer,
    (p_policy ->> 'projects_when_exhausted')::integer,
    (p_policy ->> 'monthly_cap')::numeric
  )
  on conflict (account_owner_id) do update
  set warn_below = excluded.warn_below,
      overdraft = excluded.overdraft,
      grace_days = excluded.grace_days,
      projects_when_exhausted = excluded.projects_when_exhausted,
      monthly_cap = excluded.monthly_cap
  where (p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap) is distinct from
    (excluded.warn_below, excluded.overdraft, excluded.grace_days, excluded.projects_when_exhausted, excluded.monthly_cap);
end
$$;

-- functions/credits/src/statement.sql

-- More lines than these are no answer that a client could take.
create function most_statement_lines() returns integer
language plpgsql immutable
set search_path from current
as $$
begin
  return 10000;
end
$$;

-- Refuses a statement that is no answer that a client, or the gateway, could take. A part of it would be taken for all.
create function require_small_statement(p_lines integer, p_bytes integer) returns void
language plpgsql immutable
set search_path from current
as $$
begin
  if p_lines > most_statement_lines() or p_bytes > 5000000 then
    raise exception using
      errcode = 'AP400',
      message = 'statement_too_large',
      detail = 'month: the statement has more lines than one answer holds. GET /api/credits/transactions lists the entries '
        'page by page, and GET /api/usage says what was used.';
  end if;
end
$$;

-- What the days of a month that an account pays for come to, by who used it and by project, in cents that add up; and what
-- the ledger's charges of the month are beyond that. `p_charged` is what the ledger says, below zero. What another system
-- had charged is in none of both.
create function list_statement_usage(p_account_owner_id text, p_first_day date, p_charged numeric, p_viewer text)
returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  -- A cent in the scale of the costs.
  c_cent constant numeric := app.billing_month_seconds() / 100;
  v_used jsonb[];
  v_costs numeric[];
  v_cost numeric;
  -- What the lines are to add up to, in cents.
  v_cents numeric := 0::numeric;
begin
  select
    array_agg(
      jsonb_build_object(
        'user_id', u.user_id,
        'name', p.name,
        'email', p.email,
        'project', u.project,
        'cpu_hours', trim_scale(u.cpu_hours)::text,
        'gpu_hours', trim_scale(u.gpu_hours)::text,
        'storage_gb_months', trim_scale(round(u.storage_gb_seconds / app.billing_month_seconds(), 6))::text
      )
      order by u.user_id, u.project
    ),
    array_agg(u.scaled_cost_usd order by u.user_id, u.project),
    sum(u.scaled_cost_usd)
  into v_used, v_costs, v_cost
  from find_charged_usage(p_account_owner_id, p_first_day, (p_first_day + interval '1 month')::date - 1) u
  left join lateral (select * from public.users where id = u.user_id limit 1) p
    on p_viewer is null or p.id = p_account_owner_id or p.account_owner_id = p_account_owner_id;
  perform require_small_statement(cardinality(v_used), 0);
  if v_used is not null then
    v_cents := case
      -- The ledger charges the difference of rounded sums, which may be a cent more or less than the rounded difference.
      when abs(-p_charged * app.billing_month_seconds() - v_cost) <= c_cent then -p_charged
      else app.round_cost(v_cost)
    end * 100;
  end if;
  return jsonb_build_object(
    'usage', (
      select coalesce(
        jsonb_agg(l.line || jsonb_build_object('amount', round(-a.cents / 100, 2)::text) order by l.place),
        '[]'
      )
      from unnest(v_used) with ordinality l (line, place)
      join unnest(apportion(v_costs, c_cent, v_cents)) with ordinality a (cents, place) on a.place = l.place
    ),
    'usage_of_other_months', round(p_charged + v_cents / 100, 2)::text
  );
end
$$;

-- What an account's days were charged through the ledger, by user and project. What a day has beyond its projects is no
-- project's. Lines that used nothing are left out.
create function find_charged_usage(
  p_account_owner_id text,
  p_first_day date,
  p_last_day date,
  out user_id text,
  out project text,
  out cpu_hours numeric,
  out gpu_hours numeric,
  out storage_gb_seconds numeric,
  out scaled_cost_usd numeric
)
returns setof record
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
    with day as materialized (
      select *
      from public.usage_daily
      where account_owner_id = p_account_owner_id and date between p_first_day and p_last_day
      order by date
    ),
    named as materialized (
      select
        d.user_id,
        k.project,
        k.cpu_hours,
        k.gpu_hours,
        k.storage_gb_seconds,
        coalesce(
          (k.cpu_hours * d.cpu_hour_usd + k.gpu_hours * d.gpu_hour_usd) * app.billing_month_seconds()
            + k.storage_gb_seconds * d.storage_gb_month_usd,
          0
        ) as scaled_cost_usd
      from day d
      cross join lateral (
        select * from app.usage_daily_projects where user_id = d.user_id and date = d.date and project <> '' order by project
      ) k
    ),
    part as (
      select * from named
      union all
      select n.user_id, '', -n.cpu_hours, -n.gpu_hours, -n.storage_gb_seconds, -n.scaled_cost_usd from named n
      union all
      select
        d.user_id,
        '',
        d.cpu_hours - coalesce(d.charged_cpu_hours, 0),
        d.gpu_hours - coalesce(d.charged_gpu_hours, 0),
        d.storage_gb_seconds - coalesce(d.charged_storage_gb_seconds, 0),
        d.scaled_cost_usd - coalesce(d.charged_usd, 0) * app.billing_month_seconds()
      from day d
    )
    select p.user_id, p.project, sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds), sum(p.scaled_cost_usd)
    from part p
    group by p.user_id, p.project
    having (sum(p.cpu_hours), sum(p.gpu_hours), sum(p.storage_gb_seconds), sum(p.scaled_cost_usd)) <> (0, 0, 0, 0);
end
$$;

-- A statement line by line, for spreadsheets.
create function list_statement_rows(p_statement jsonb) returns jsonb[]
language plpgsql immutable
set search_path from current
as $$
begin
  return array[jsonb_build_object('line', 'opening_balance', 'balance', p_statement ->> 'opening_balance')]
    || array(
      select e.entry || jsonb_build_object('line', e.entry ->> 'kind')
      from jsonb_array_elements(p_statement -> 'entries') with ordinality e (entry, place)
      order by e.place
    )
    || array(
      select u.used || jsonb_build_object('line', 'usage')
      from jsonb_array_elements(p_statement -> 'usage') with ordinality u (used, place)
      order by u.place
    )
    || array[
      jsonb_build_object('line', 'usage_of_other_months', 'amount', p_statement ->> 'usage_of_other_months'),
      jsonb_build_object('line', 'closing_balance', 'balance', p_statement ->> 'closing_balance')
    ];
end
$$;

-- functions/payments/src/list_parked_payments.sql

-- A page of what Stripe has told of, newest first: what is parked, unless another state is asked for.
create function list_parked_payments(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
-- Planned again for each call, so that filters that are not given fall away.
set plan_cache_mode = force_custom_plan
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_state text := coalesce(v_input ->> 'state', 'parked');
  v_kind text := v_input ->> 'kind';
  v_reason text := v_input ->> 'reason';
  v_limit integer := v_input ->> 'limit';
  v_after_created_at timestamptz := v_input #>> '{after,created_at}';
  v_after_id uuid := v_input #>> '{after,id}';
begin
  return page(
    v_limit,
    array(
      select describe_stripe_payment(p)
      from app.stripe_payments p
      where p.state between v_state and v_state
        and (v_kind is null or p.kind = v_kind)
        and (v_reason is null or p.reason = v_reason)
        and (v_after_id is null or (p.created_at, p.id) < (v_after_created_at, v_after_id))
      order by p.state, p.created_at desc, p.id desc
      limit v_limit + 1
    )
  );
end
$$;

-- functions/payments/src/record_returned.sql

-- Refunds and disputes: what was taken back of a payment, and what of that came back to us.

-- Records a refund or a dispute, or, with `undone`, that a refund failed or a dispute was won. One that is over before
-- anything was taken takes nothing, whenever the event comes that would have it taken.
create function record_returned(args jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_undone text := v_input ->> 'undone';
  v_happened_at timestamptz := v_input ->> 'happened_at';
  v_known app.stripe_payments := find_stripe_payment(v_input ->> 'stripe_id');
begin
  if v_known.id is null then
    insert into app.stripe_payments (stripe_id, kind, payment_intent, state, amount_minor, currency, happened_at)
    values (
      v_input ->> 'stripe_id', v_input ->> 'kind', v_input ->> 'payment_intent',
      case when v_undone is null then 'waiting' else 'undone' end,
      (v_input ->> 'amount_minor')::bigint, v_input ->> 'currency', v_happened_at
    );
  elsif v_undone is not null
    and (v_known.state in ('waiting', 'recorded') or v_known.state = 'parked' and v_happened_at > v_known.happened_at)
  then
    perform give_back(args, v_known, v_undone);
  elsif (v_undone is null) = (v_known.state = 'undone')
    and v_known.state in ('undone', 'returned')
    and v_happened_at > v_known.happened_at
  then
    -- Taken, given back, and taken again: banks do that, and only people know when it ends. Or people had dealt with it,
    -- and then it came back.
    update app.stripe_payments
    set state = 'parked',
        reason = case when v_undone is null then 'taken_again' else 'given_back' end,
        resolved_at = null,
        happened_at = v_happened_at
    where id = v_known.id;
    return 'parked';
  else
    return 'known';
  end if;
  perform settle_returned(args, v_input ->> 'payment_intent');
  v_known := find_stripe_payment(v_input ->> 'stripe_id');
  return case when v_known.state in ('parked', 'waiting') then v_known.state else 'recorded' end;
end
$$;

-- Gives back to the account what a refund or dispute took. A payment that was all returned by then is for people to decide
-- about again.
create function give_back(args jsonb, p_returned app.stripe_payments, p_undone text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_payment app.stripe_payments := find_stripe_payment(p_returned.payment_intent);
  v_is_decided boolean := coalesce(v_payment.state = 'returned' and v_payment.resolved_at is not null, false);
begin
  if p_returned.credits > 0 then
    perform lock_account_to_credit(p_returned.account_owner_id);
    perform post_returned(
      args, v_payment, concat_ws(':', p_returned.stripe_id, p_undone), p_returned.credits, p_returned.kind || ' ' || p_undone
    );
  end if;
  -- People had said that this payment is returned, and now its money is here again.
  update app.stripe_payments
  set state = case when v_is_decided then 'parked' else 'undone' end,
      reason = case when v_is_decided then 'given_back' else reason end,
      credits = 0,
      happened_at = (args #>> '{input,happened_at}')::timestamptz
  where id = p_returned.id;
  if v_payment.state = 'returned' and v_payment.resolved_at is null then
    update app.stripe_payments set state = 'parked' where id = v_payment.id;
    update app.stripe_payments
    set state = 'waiting'
    where payment_intent between v_payment.stripe_id and v_payment.stripe_id and kind <> 'payment' and state = 'recorded';
  end if;
end
$$;

-- Takes from the account what waits to be taken back of a payment that it was given. What is taken back of a payment that
-- was parked moves no credits; when all of it has been, nobody need decide about it any more.
create function settle_returned(args jsonb, p_payment_intent text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_payment app.stripe_payments := find_stripe_payment(p_payment_intent);
  v_returned app.stripe_payments;
begin
  if v_payment.state = 'recorded' then
    perform lock_account_to_credit(v_payment.account_owner_id);
    for v_returned in
      select *
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting'
      order by payment_intent, happened_at, stripe_id
    loop
      perform take_back(args, v_payment, v_returned);
    end loop;
  elsif v_payment.reason = 'recorded_otherwise' or (find_entry(payment_key(p_payment_intent))).seq is not null then
    -- An account has credits for it, and nobody but people knows how they belong together.
    update app.stripe_payments
    set state = 'parked', reason = 'recorded_otherwise'
    where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting';
  elsif v_payment.state = 'returned' or v_payment.amount_minor <= returned_of(p_payment_intent, 'waiting') then
    update app.stripe_payments set state = 'returned' where id = v_payment.id;
    update app.stripe_payments
    set state = 'recorded'
    where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting';
  end if;
end
$$;

-- How much refunds and disputes in this state are of a payment, in the smallest unit of its currency.
create function returned_of(p_payment_intent text, p_state text) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(sum(r.amount_minor), 0)
    from (
      select amount_minor
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = p_state
      order by payment_intent, happened_at
    ) r
  );
end
$$;

-- Takes back the part of the credits that a refund or dispute is of the payment. All that was taken is the rounded part
-- that all of them are of it, so cents do not drift, and when the whole payment has been returned nothing is left.
create function take_back(args jsonb, p_payment app.stripe_payments, p_returned app.stripe_payments) returns void
language plpgsql
set search_path from current
as $$
declare
  v_returned_minor numeric := returned_of(p_payment.stripe_id, 'recorded') + p_returned.amount_minor;
  v_credits numeric := greatest(
    part_of_credits(p_payment.credits, v_returned_minor, p_payment.amount_minor) - taken_of(p_payment.stripe_id), 0
  );
  v_reason text := case
    when (find_entry(payment_key(p_returned.stripe_id))).seq is not null then 'recorded_otherwise'
    when p_returned.currency <> p_payment.currency then 'currency_differs'
    when v_returned_minor > p_payment.amount_minor then 'more_than_paid'
    -- Somebody has returned the purchase by hand.
    when v_credits > left_of_purchase(p_payment.account_owner_id, p_payment.seq) then 'more_than_left'
  end;
  v_seq bigint;
begin
  if v_reason is null and v_credits > 0 then
    v_seq := post_returned(args, p_payment, p_returned.stripe_id, -v_credits, p_returned.kind);
  end if;
  update app.stripe_payments
  set state = case when v_reason is null then 'recorded' else 'parked' end,
      reason = v_reason,
      account_owner_id = p_payment.account_owner_id,
      seq = v_seq,
      credits = case when v_reason is null then v_credits else 0 end
  where id = p_returned.id;
end
$$;

-- The credits that refunds and disputes have taken of a payment.
create function taken_of(p_payment_intent text) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(sum(r.credits), 0)
    from (
      select credits
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'recorded'
      order by payment_intent, happened_at
    ) r
  );
end
$$;

-- The credits that a part of a payment is worth, rounded half to even to the cent.
create function part_of_credits(p_credits numeric, p_part_minor numeric, p_amount_minor numeric) returns numeric
language plpgsql immutable
set search_path from current
as $$
declare
  v_cents numeric := div(p_credits * 100 * p_part_minor, p_amount_minor);
  v_twice_the_rest numeric := 2 * mod(p_credits * 100 * p_part_minor, p_amount_minor);
begin
  if v_twice_the_rest > p_amount_minor or v_twice_the_rest = p_amount_minor and mod(v_cents, 2) = 1 then
    v_cents := v_cents + 1;
  end if;
  return v_cents / 100;
end
$$;

-- What has not been returned of a purchase.
create function left_of_purchase(p_account_owner_id text, p_seq bigint) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select p.amount + coalesce((
      select sum(r.amount)
      from (
        select amount
        from app.credit_transactions
        where account_owner_id = p_account_owner_id and refunded_seq = p_seq
        order by account_owner_id, refunded_seq
      ) r
    ), 0)
    from app.credit_transactions p
    where p.account_owner_id = p_account_owner_id and p.seq = p_seq
  );
end
$$;

-- functions/payments/src/record_stripe_event.sql

-- Records what an event of Stripe's says of a payment, a refund or a dispute. Events of one payment take turns, whatever
-- they are about; each thing is recorded once, however many events tell of it, and their order decides nothing.
create function record_stripe_event(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'processor');
  v_input jsonb := args -> 'input';
  v_outcome text;
begin
  perform lock_payment(coalesce(v_input ->> 'payment_intent', v_input ->> 'stripe_id'));
  v_outcome := case
    when v_input ->> 'kind' = 'payment' then record_payment(args)
    else record_returned(args)
  end;
  return jsonb_build_object('outcome', v_outcome, 'parked', count_parked_payments());
end
$$;

-- Records a payment: credits the account that its checkout named, or parks it. What was taken back of it before is taken
-- from the account now.
create function record_payment(args jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_entry app.credit_transactions := find_entry(payment_key(v_input ->> 'stripe_id'));
  v_payment app.stripe_payments := find_stripe_payment(v_input ->> 'stripe_id');
  v_credits numeric := round(((v_input ->> 'amount_minor')::numeric - (v_input ->> 'tax_minor')::numeric) / 100, 2);
  v_reason text := reason_to_park(v_input, v_entry, v_credits);
begin
  if v_payment.id is not null then
    return 'known';
  end if;
  if v_reason is null then
    perform lock_account_to_credit(v_input ->> 'reference');
    -- Somebody may be deleting the user, or they may be joining a team: wait for that, and then see it.
    perform from public.users where id = v_input ->> 'reference' for share;
    if reason_to_park(v_input, v_entry, v_credits) is not null then
      raise exception using errcode = 'serialization_failure', message = 'the account changed meanwhile';
    end if;
    v_payment.account_owner_id := v_input ->> 'reference';
    v_payment.credits := v_credits;
    v_payment.seq := coalesce(
      v_entry.seq,
      post_payment(args, v_payment.account_owner_id, v_input ->> 'stripe_id', v_credits, null, v_input ->> 'body_sha256')
    );
  end if;
  insert into app.stripe_payments (
    stripe_id, kind, payment_intent, state, reason, reference, amount_minor, tax_minor, currency,
    account_owner_id, seq, credits, happened_at
  )
  values (
    v_input ->> 'stripe_id', 'payment', v_input ->> 'payment_intent',
    case when v_reason is null then 'recorded' else 'parked' end, v_reason, v_input ->> 'reference',
    (v_input ->> 'amount_minor')::bigint, (v_input ->> 'tax_minor')::bigint, v_input ->> 'currency',
    v_payment.account_owner_id, v_payment.seq, coalesce(v_payment.credits, 0), (v_input ->> 'happened_at')::timestamptz
  );
  if v_reason is null and v_entry.seq is not null then
    -- What was taken back of it came first, when all that we knew of it was its entry.
    update app.stripe_payments
    set state = 'waiting', reason = null
    where payment_intent between v_input ->> 'stripe_id' and v_input ->> 'stripe_id'
      and kind <> 'payment'
      and state = 'parked'
      and reason = 'recorded_otherwise';
  end if;
  perform settle_returned(args, v_input ->> 'stripe_id');
  return case when v_reason is null then 'recorded' else 'parked' end;
end
$$;

-- Why a payment is not credited by itself, or null. It goes to the account that the checkout named, and to no other: a
-- member has none, and whether their owner is to have the money is for people to say.
create function reason_to_park(p_input jsonb, p_entry app.credit_transactions, p_credits numeric) returns text
language plpgsql stable
set search_path from current
as $$
declare
  v_reference text := p_input ->> 'reference';
  v_account public.users;
begin
  select * into v_account from public.users where id between v_reference and v_reference order by id limit 1;
  return case
    when p_input ->> 'currency' <> 'usd' then 'currency_unknown'
    -- Somebody has recorded it under the payment's key: that is the entry, if it says the same.
    when p_entry.seq is not null then case
      when (p_entry.kind, p_entry.account_owner_id, p_entry.amount) is distinct from ('purchase', v_reference, p_credits)
        then 'recorded_otherwise'
    end
    -- As of a subscription, which is not bought here.
    when p_input ->> 'payment_intent' is null then 'payment_intent_missing'
    when p_credits <= 0 then 'amount_implausible'
    when p_credits > 10000000 then 'amount_too_large'
    when v_reference is null then 'reference_missing'
    when v_account.id is null then 'user_unknown'
    when v_account.status = 'deleted' then 'user_deleted'
    when v_account.account_owner_id is not null then 'user_is_member'
  end;
end
$$;

-- functions/payments/src/resolve_parked_payment.sql

-- Ends what a person had to decide: a payment is credited to the account that they name, with what has been taken back of
-- it, or it is dealt with in another way. Only what is parked is resolved, and once.
create function resolve_parked_payment(args jsonb) returns json
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
  v_payment app.stripe_payments;
begin
  select * into v_payment from app.stripe_payments where id between v_id and v_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'payment_unknown',
      detail = 'There is no payment of this id. GET /api/admin/parked-payments lists them.';
  end if;
  perform lock_payment(coalesce(v_payment.payment_intent, v_payment.stripe_id));
  v_payment := find_stripe_payment(v_payment.stripe_id);
  if v_payment.state = 'parked' then
    if (v_input ->> 'returned')::boolean then
      update app.stripe_payments set state = 'returned', resolved_at = app.now() where id = v_id;
      perform write_audit(args, 'payments.return', v_payment.stripe_id, null, jsonb_build_object(
        'reason', v_input ->> 'reason', 'parked_as', v_payment.reason
      ));
    else
      perform credit_parked_payment(args, v_payment);
    end if;
    if v_payment.kind = 'payment' then
      perform settle_returned(args, v_payment.stripe_id);
    end if;
  elsif not is_audited(args, 'payments.return', v_payment.stripe_id)
    and not is_audited(args, 'credits.purchase', v_input ->> 'user_id')
  then
    raise exception using
      errcode = 'AP409',
      message = 'payment_not_parked',
      detail = format('This is %s already: there is nothing to decide about it.', v_payment.state);
  end if;
  return json_build_object(
    'payment', describe_stripe_payment(find_stripe_payment(v_payment.stripe_id)),
    'parked', count_parked_payments()
  );
end
$$;

-- Credits a parked payment to an account that buys, as `record_purchase` would.
create function credit_parked_payment(args jsonb, p_payment app.stripe_payments) returns void
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_account_owner_id text := v_input ->> 'user_id';
  v_credits numeric := coalesce(
    (v_input ->> 'credits')::numeric,
    case when p_payment.currency = 'usd' then (p_payment.amount_minor - p_payment.tax_minor)::numeric / 100 end
  );
  v_key text := payment_key(p_payment.stripe_id);
  v_entry app.credit_transactions := find_entry(v_key);
  v_seq bigint;
begin
  perform require_buyer(v_account_owner_id);
  if p_payment.kind <> 'payment' then
    raise exception using
      errcode = 'AP409',
      message = 'refund_not_creditable',
      detail = 'This is no payment. Correct the account by POST /api/credits/adjustments if it needs that, and resolve this '
        'with "returned": true.';
  end if;
  if coalesce(v_credits, 0) <= 0 then
    raise exception using
      errcode = 'AP409',
      message = 'credits_missing',
      detail = 'What this payment is worth cannot be computed from it. Say in `credits` how much the account gets.';
  end if;
  if v_entry.seq is not null then
    raise exception using
      errcode = 'AP409',
      message = 'payment_already_recorded',
      detail = format(
        'The ledger of %s has this payment already, recorded in another way. Correct that by adjustments, and resolve this '
          'with "returned": true.',
        v_entry.account_owner_id
      );
  end if;
  perform lock_account_to_credit(v_account_owner_id);
  v_seq := post_payment(
    args, v_account_owner_id, p_payment.stripe_id, v_credits, v_input ->> 'reason', digest_of(v_key)
  );
  update app.stripe_payments
  set state = 'recorded',
      resolved_at = app.now(),
      account_owner_id = v_account_owner_id,
      seq = v_seq,
      credits = v_credits
  where id = p_payment.id;
end
$$;

-- functions/payments/src/stripe_payment.sql

-- What endpoints share about what Stripe reports.

-- All that is about one payment takes turns, also with who records it as a purchase under the same key.
create function lock_payment(p_payment_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(payment_key(p_payment_id), pg_catalog.hashtext('app.idempotency'))
  );
end
$$;

-- The key that the ledger knows a payment by, or what was taken back of it.
create function payment_key(p_stripe_id text) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return 'stripe:' || p_stripe_id;
end
$$;

create function find_stripe_payment(p_stripe_id text) returns app.stripe_payments
language plpgsql stable
set search_path from current
as $$
declare
  v_payment app.stripe_payments;
begin
  select *
  into v_payment
  from app.stripe_payments
  where stripe_id between p_stripe_id and p_stripe_id
  order by stripe_id
  limit 1;
  return v_payment;
end
$$;

create function find_entry(p_key text) returns app.credit_transactions
language plpgsql stable
set search_path from current
as $$
declare
  v_entry app.credit_transactions;
begin
  select *
  into v_entry
  from app.credit_transactions
  where idempotency_key between p_key and p_key
  order by idempotency_key
  limit 1;
  return v_entry;
end
$$;

-- Adds a payment to the ledger of an account, which the caller has locked, and answers the entry's number.
create function post_payment(
  args jsonb,
  p_account_owner_id text,
  p_payment_id text,
  p_credits numeric,
  p_reason text,
  p_body_sha256 text
) returns bigint
language plpgsql
set search_path from current
as $$
begin
  return (write_entry(
    jsonb_build_object('caller', args -> 'caller', 'input', jsonb_build_object(
      'user_id', p_account_owner_id,
      'idempotency_key', payment_key(p_payment_id),
      'body_sha256', p_body_sha256,
      'reference', p_payment_id,
      'reason', p_reason
    )),
    'purchase',
    p_credits,
    null
  ) #>> '{entry,seq}')::bigint;
end
$$;

-- Adds to the ledger what was taken back of a payment or, above zero, what of that came back. The name is Stripe's id of
-- the refund or dispute, and how it ended: each has one entry of its own.
create function post_returned(args jsonb, p_payment app.stripe_payments, p_name text, p_credits numeric, p_reason text)
returns bigint
language plpgsql
set search_path from current
as $$
begin
  return (write_entry(
    jsonb_build_object('caller', args -> 'caller', 'input', jsonb_build_object(
      'user_id', p_payment.account_owner_id,
      'idempotency_key', payment_key(p_name),
      'body_sha256', digest_of(payment_key(p_name)),
      'reference', split_part(p_name, ':', 1),
      'reason', p_reason
    )),
    'refund',
    p_credits,
    p_payment.seq
  ) #>> '{entry,seq}')::bigint;
end
$$;

-- In the place of a body's digest, where the key says all.
create function digest_of(p_key text) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return encode(sha256(convert_to(p_key, 'UTF8')), 'hex');
end
$$;

create function describe_stripe_payment(p_payment app.stripe_payments) returns json
language plpgsql stable
set search_path from current
as $$
begin
  return json_build_object(
    'id', p_payment.id,
    'kind', p_payment.kind,
    'stripe_id', p_payment.stripe_id,
    'payment_intent', p_payment.payment_intent,
    'state', p_payment.state,
    'reason', p_payment.reason,
    'reference', p_payment.reference,
    'amount_minor', p_payment.amount_minor::text,
    'tax_minor', p_payment.tax_minor::text,
    'currency', p_payment.currency,
    'user_id', p_payment.account_owner_id,
    'credits', p_payment.credits::text,
    'happened_at', p_payment.happened_at,
    'created_at', p_payment.created_at,
    'resolved_at', p_payment.resolved_at
  );
end
$$;

-- functions/provision/src/claim_accounts.sql

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

-- functions/provision/src/count_accounts.sql

-- How the accounts are, for the alarms: for how many seconds the one that is due longest has been so, how many wait for a
-- person, how many clusters fail, how many of those refuse our key, how many sweeps found too much to act on, how many
-- users of clusters we do not know, and of how many clusters the projects cannot be listed.
create function count_accounts(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return (
    select jsonb_build_object(
      'oldest_due_s', coalesce(max(a.oldest_due_s), 0),
      'stuck', coalesce(sum(b.stuck), 0),
      'failing_clusters', count(*) filter (where p.error_code is not null),
      'refusing_clusters', count(*) filter (where p.error_code like 'key\_%'),
      'refused_sweeps', count(*) filter (where p.last_sweep ->> 'refused' = 'true'),
      'strangers', coalesce(sum((p.last_sweep ->> 'strangers')::bigint), 0),
      'failing_project_lists', count(*) filter (where u.projects_error_code is not null)
    )
    from app.hopsworks_provisioning p
    join public.hopsworks_clusters c on c.id = p.hopsworks_cluster_id
    left join app.usage_collection u on u.hopsworks_cluster_id = p.hopsworks_cluster_id and u.collects
    cross join lateral (
      select greatest(0, extract(epoch from app.now() - min(d.wanted_since)))::bigint as oldest_due_s
      from app.hopsworks_accounts d
      where d.hopsworks_cluster_id = p.hopsworks_cluster_id and d.done_revision < d.revision and d.stuck_since is null
    ) a
    cross join lateral (
      select count(*) as stuck
      from app.hopsworks_accounts s
      where s.hopsworks_cluster_id = p.hopsworks_cluster_id and s.stuck_since is not null
    ) b
    where p.provisions and c.api_key is not null
  );
end
$$;

grant execute on function count_accounts(jsonb) to provisioner;

-- functions/provision/src/settle_accounts.sql

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

-- functions/provision/src/settle_projects.sql

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

-- functions/provision/src/sweep_accounts.sql

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

-- functions/publish/src/claim_events.sql

-- Leases the outbox for thirty seconds, and answers the next events: one of each subject at most, those due longest first.
-- Only who has the lease publishes. The lease comes with the call, so that a repeated call finds its own, and a call of
-- its holder prolongs it. Who finds somebody else's is told so, and gets nothing.
--
-- Why the order is right: whoever decides about one subject takes turns by locks that are held to the end of the
-- transaction, and an event gets its number under them. So of two events the later one has the higher number, and is
-- seen only together with the earlier one, or after it. No transaction that is still open can hold a lower number of those who take
-- turns, so none need be waited for: a long one somewhere else stops nobody's events. Events whose writers did not take
-- turns have no order, and get places as they are seen. From then on the place decides: a subject's next event is due
-- when the one before is settled as published.
create function claim_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
-- Along the index of those that are due, and not all of them to be sorted.
set enable_bitmapscan = off
as $$
declare
  c_new_at_once constant integer := 1000;
  v_lease uuid := args #>> '{input,lease}';
  v_room integer := args #>> '{input,room}';
begin
  perform authorize(args, 'schedule');
  update app.outbox_lease
  set lease = v_lease, leased_until = app.now() + interval '30 seconds'
  where is_the_one and (lease = v_lease or leased_until <= app.now());
  if not found then
    return jsonb_build_object('is_ours', false, 'events', '[]'::jsonb);
  end if;
  perform number_events(c_new_at_once);
  return jsonb_build_object('is_ours', true, 'events', (
    select coalesce(jsonb_agg(to_jsonb(e) order by e.due_at, e.number), '[]')
    from (
      select o.number, o.id, o.type, o.subject, o.seq, o.occurred_at, o.data, o.due_at
      from app.outbox o
      where o.due_at <= app.now()
      order by o.due_at
      limit v_room
    ) e
  ));
end
$$;

-- Gives the oldest new events their places, so many at most. The first of a subject that has no other unpublished one is
-- due at once. The caller has the lease.
create function number_events(p_most integer) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  with new as materialized (
    select n.place, n.subject, row_number() over (partition by n.subject order by n.number) as turn
    from (
      select o.ctid as place, o.subject, o.number
      from app.outbox o
      where o.seq is null
      order by o.number
      limit p_most
    ) n
  ),
  counted as materialized (
    select n.subject, count(*) as events from new n group by n.subject
  ),
  subject as (
    insert into app.outbox_subjects as s (subject, last_seq)
    select c.subject, c.events from counted c order by c.subject
    on conflict (subject) do update set last_seq = s.last_seq + excluded.last_seq
    returning s.subject, s.last_seq, s.published_seq
  ),
  numbered as materialized (
    select n.place, s.last_seq - c.events + n.turn as seq, s.published_seq
    from new n
    join counted c using (subject)
    join subject s using (subject)
  )
  -- Each where it is stored.
  update app.outbox o
  set seq = n.seq, due_at = case when n.seq = n.published_seq + 1 then app.now() end
  from numbered n
  where o.ctid = n.place;
end
$$;

grant execute on function claim_events(jsonb) to publisher;

-- functions/publish/src/count_events.sql

-- How the outbox is, for the alarms: for how many seconds the oldest event that is to be sent has been there, without those
-- that a parked one holds up, and how many are parked.
create function count_events(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return jsonb_build_object(
    'oldest_unpublished_s', greatest(
      0,
      extract(epoch from app.now() - least(
        (select o.occurred_at from app.outbox o where o.seq is null order by o.number limit 1),
        -- By the index of those that are due, and not back through all that ever happened.
        (
          select min(d.occurred_at)
          from (select o.occurred_at from app.outbox o where o.due_at is not null order by o.due_at) d
        )
      ))::bigint
    ),
    'parked', (select count(*) from app.outbox o where o.parked_at is not null)
  );
end
$$;

grant execute on function count_events(jsonb) to publisher;

-- functions/publish/src/settle_events.sql

-- What became of an event:
--
--   published  the bus has it: the subject's next event is due
--   later      tried again after a pause, which doubles from five seconds to a minute
--   parked     the bus will never take it: its subject waits for an operator, and no other one does
create type settled_event as (
  number bigint,
  outcome text,
  code text,
  detail text
);

-- Writes what became of claimed events, and ends the lease with the last call. Whoever has lost the lease writes nothing:
-- somebody else has claimed the same events, and sends them with the same ids. What is settled already stays.
create function settle_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_lease uuid := args #>> '{input,lease}';
begin
  perform authorize(args, 'schedule');
  -- Whoever else claims writes a lease of their own: so one that is still there is ours, however late it is.
  perform from app.outbox_lease where is_the_one and lease = v_lease for no key update;
  if not found then
    return jsonb_build_object('is_ours', false);
  end if;
  with settled as materialized (
    select s.*, o.place
    from jsonb_populate_recordset(null::settled_event, args #> '{input,events}') s
    cross join lateral (
      select e.ctid as place from app.outbox e where e.number = s.number and e.due_at is not null limit 1
    ) o
  ),
  event as (
    update app.outbox e
    set attempts = e.attempts + 1,
        due_at = case s.outcome when 'later' then app.now() + pause_after(e.attempts, null, '1 minute') end,
        parked_at = case s.outcome when 'parked' then app.now() end,
        published_at = case s.outcome when 'published' then app.now() end,
        error_code = s.code,
        error_detail = s.detail
    from settled s
    where e.ctid = s.place
    returning e.subject, e.seq, e.published_at
  ),
  done as materialized (
    select u.place, e.subject, e.seq
    from event e
    cross join lateral (select ctid as place from app.outbox_subjects where subject = e.subject limit 1) u
    where e.published_at is not null
  ),
  subject as (
    update app.outbox_subjects u set published_seq = d.seq from done d where u.ctid = d.place
  ),
  next as materialized (
    select n.place
    from done d
    cross join lateral (
      select e.ctid as place from app.outbox e where e.subject = d.subject and e.seq = d.seq + 1 limit 1
    ) n
  )
  update app.outbox e set due_at = app.now() from next n where e.ctid = n.place;
  if (args #>> '{input,is_last}')::boolean then
    update app.outbox_lease set lease = null, leased_until = '-infinity' where is_the_one;
  end if;
  return jsonb_build_object('is_ours', true);
end
$$;

grant execute on function settle_events(jsonb) to publisher;

-- functions/sync-user/src/close_account.sql

-- Users close their own account: as when an administrator deletes them, but not with a team or with debts, which would be
-- nobody's. What is closed stays closed: closing again changes nothing, so that a client that lost the answer is told the
-- same.
--
-- The suspended may not. Closing frees the address, and with it they could sign up anew by another identity, past the
-- suspension. Support deletes and erases them if they ask.
create function close_account(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_id text := args #>> '{caller,sub}';
  v_user public.users;
  v_before jsonb;
begin
  perform require_kind(args, array['user']);
  -- Whoever may not close anything takes no lock.
  perform authorize(args, 'user') where not is_closed(v_id);
  if is_closed(v_id) then
    return '{}';
  end if;
  -- Ending a membership changes the terms. Lock order: terms before seats.
  perform lock_billing_terms();
  perform lock_seats();
  -- Look again: while this call waited for the locks, another one may have changed the user.
  if is_closed(v_id) then
    return '{}';
  end if;
  v_user := authorize(args, 'user');
  perform from public.users where id = v_id for no key update;
  perform require_no_debts(v_id);

  v_before := describe_standing(v_id);
  perform set_user_status(v_id, 'deleted');
  perform place_waiting();
  if v_user.is_admin then
    perform require_administrator();
  end if;
  perform write_audit(args, 'users.close', v_id, v_before, describe_standing(v_id));
  return '{}';
end
$$;

create function is_closed(p_user_id text) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from (select u.status from public.users u where u.id between p_user_id and p_user_id order by u.id limit 1) o
    where o.status = 'deleted'
  );
end
$$;

-- Refuses whose account owes. Usage that is reported after the end is still billed, and stays in the ledger.
create function require_no_debts(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_balance numeric := (select k.balance from public.user_credits k where k.user_id = p_user_id limit 1);
begin
  if v_balance < 0 then
    raise exception using
      errcode = 'AP409',
      message = 'has_debts',
      detail = format('This account owes %s US dollars. Pay them first, or write to support.', -v_balance);
  end if;
end
$$;

-- functions/sync-user/src/get_me.sql

-- What signed-in users may see of themselves.
create function get_me(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_user public.users := authorize(args, 'user_or_suspended');
begin
  return describe_user(v_user.id);
end
$$;

-- functions/sync-user/src/profile.sql

-- The profile of a login: which one is kept, and whose an address is.
--
-- The profile of the newest event is kept, whatever the order of arrival. Addresses are equal but for ASCII case, and no
-- two users have the same. An address that is not verified is not reserved: an identity that has verified it takes it
-- over. Where the address is somebody else's, a user goes without it, and the answer says so. Only a newcomer whose
-- address another identity has verified is refused: they have an account already. Nothing is ever merged.

-- True when the login carries an address and says that this address is verified.
create function says_verified(p_login jsonb) returns boolean
language plpgsql immutable
set search_path from current
as $$
begin
  return p_login ->> 'email' is not null and coalesce((p_login ->> 'email_verified')::boolean, false);
end
$$;

-- Takes an address that this login has verified away from an account that never verified it. Otherwise anybody could
-- lock the owner of an address out by signing up with it. Nothing is merged, and the other account stays.
create function release_unverified_email(p_login jsonb) returns void
language plpgsql
set search_path from current
as $$
declare
  v_user_id text := p_login ->> 'user_id';
  v_email text := p_login ->> 'email';
  v_holder_id text;
begin
  if not says_verified(p_login) then
    return;
  end if;
  update public.users
  set email = null
  where lower(email collate "C") = lower(v_email collate "C") and status <> 'deleted' and not email_verified and id <> v_user_id
  returning id into v_holder_id;
  if found then
    insert into app.audit_log (actor, action, target, before, after)
    values (
      v_user_id,
      'users.release_email',
      v_holder_id,
      jsonb_build_object('email', v_email, 'email_verified', false),
      jsonb_build_object('email', null, 'email_verified', false)
    );
  end if;
end
$$;

-- The address that a newcomer gets: the login's, or null when an account that has not verified it either holds it.
-- Refuses the newcomer when the holder has verified it.
create function free_email(p_login jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_email text := p_login ->> 'email';
  v_is_verified boolean;
begin
  perform release_unverified_email(p_login);
  select u.email_verified
  into v_is_verified
  from public.users u
  where lower(u.email collate "C") = lower(v_email collate "C") and u.status <> 'deleted';
  if v_is_verified then
    raise exception using
      errcode = 'AP409',
      message = 'email_in_use',
      detail = 'Another account uses this e-mail address. Sign in the way you did before, or use another address.';
  end if;
  return case when v_is_verified is null then v_email end;
end
$$;

-- Stores the profile of an event, unless a newer one is stored. What the event leaves out stays. Answers `stored`,
-- `unchanged`, `outdated`, or `email_in_use` when the new address belongs to another user and all but the address was
-- stored.
create function store_profile(p_user public.users, p_login jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_at timestamptz := p_login ->> 'logged_in_at';
  v_email text := coalesce(p_login ->> 'email', p_user.email);
  v_name text := coalesce(p_login ->> 'name', p_user.name);
  v_same_email boolean := lower(v_email collate "C") is not distinct from lower(p_user.email collate "C");
  -- Only the old address was verified, in whatever case, so a new one is not unless the event says so.
  v_email_verified boolean := case
    when p_login ->> 'email' is null or (v_same_email and p_login ->> 'email_verified' is null)
      then p_user.email_verified
    else says_verified(p_login)
  end;
  v_changed boolean := (v_email, v_email_verified, v_name)
    is distinct from (p_user.email, p_user.email_verified, p_user.name);
begin
  if p_user.profile_request_id = p_login ->> 'request_id' then
    -- Stored by this very request, whose answer was lost.
    return 'stored';
  end if;
  if v_at < p_user.profile_at then
    return 'outdated';
  end if;
  if not v_changed and v_at = p_user.profile_at then
    return 'unchanged';
  end if;
  if not v_same_email then
    perform release_unverified_email(p_login);
  end if;
  begin
    update public.users
    set email = v_email,
        email_verified = v_email_verified,
        name = v_name,
        profile_at = v_at,
        profile_request_id = case when v_changed then p_login ->> 'request_id' else p_user.profile_request_id end
    where id = p_user.id;
    return case when v_changed then 'stored' else 'unchanged' end;
  exception
    when unique_violation then
      update public.users set name = v_name, profile_at = v_at where id = p_user.id;
      return 'email_in_use';
  end;
end
$$;

-- functions/sync-user/src/sync_me.sql

-- A login that users report themselves, by token: as a signed one, but always of the caller, and never counted twice.
create function sync_me(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_own jsonb := jsonb_build_object(
    'user_id', args #>> '{caller,sub}', 'webhook_id', null, 'request_id', args #>> '{caller,request_id}'
  );
begin
  perform require_kind(args, array['user']);
  return sync_user(args || jsonb_build_object('input', args -> 'input' || v_own));
end
$$;

-- functions/sync-user/src/sync_user.sql

-- A login: stores the profile, counts the login once, gives the user a seat or a place in the queue, and answers where
-- the user works. A suspended owner is let in, to see the bill and to pay, and gets no seat.
--
-- A signed event carries a `webhook_id` and counts as a login the first time it is seen. A call with a bearer token
-- carries none and counts only when it creates the user. A call that is repeated within its request answers as the first
-- one did. What becomes of the profile and its address is in `profile.sql`.
create function sync_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_login jsonb := args -> 'input';
  v_user_id text := v_login ->> 'user_id';
  v_lock text := seat_lock_of_login(v_user_id);
  v_is_new boolean;
  v_created boolean;
  v_replayed boolean := false;
  v_profile text;
  v_user public.users;
begin
  case v_lock
    when 'alone' then perform lock_seats();
    when 'shared' then perform lock_seats_shared();
    else null;
  end case;
  v_is_new := v_lock <> 'none' and not exists (select from public.users where id = v_user_id);
  if v_is_new then
    v_user := create_user(v_login);
  else
    select * into strict v_user from public.users where id = v_user_id for no key update;
    perform require_active_or_owner(v_user);
  end if;

  v_created := v_is_new or was_created_by(v_login);
  if not v_is_new and v_login ->> 'webhook_id' is not null then
    v_replayed := not count_login(v_login);
  end if;
  v_profile := case
    when v_created and v_user.email is distinct from v_login ->> 'email' then 'email_in_use'
    when v_created then 'stored'
    when v_replayed then 'unchanged'
    else store_profile(v_user, v_login)
  end;

  if v_lock = 'alone' then
    perform place_user(v_user_id);
  elsif v_is_new then
    perform place_newcomer(v_user_id);
  elsif v_user.status = 'active'
    and v_user.waiting_since is null
    and not exists (select from public.user_hopsworks_assignments where user_id = v_user_id)
  then
    -- The seat was taken away just now. The seat lock has to be taken before the row's: begin again.
    raise exception using errcode = 'serialization_failure', message = 'the seat was taken away during the login';
  end if;
  return describe_user(v_user_id)
    || jsonb_build_object('created', v_created, 'replayed', v_replayed, 'profile', v_profile);
end
$$;

-- Creates the user, the account and its history, and counts the login.
create function create_user(p_login jsonb) returns public.users
language plpgsql
set search_path from current
as $$
declare
  v_at timestamptz := p_login ->> 'logged_in_at';
  v_email text := free_email(p_login);
  v_user public.users;
begin
  insert into public.users (id, email, email_verified, name, profile_at, last_login_at, login_count)
  values (
    p_login ->> 'user_id',
    v_email,
    v_email is not null and says_verified(p_login),
    p_login ->> 'name',
    v_at,
    v_at,
    1
  )
  on conflict do nothing
  returning * into v_user;
  if not found then
    raise exception using
      errcode = 'serialization_failure',
      message = 'another login made the user or took the address at the same time';
  end if;
  insert into public.user_credits (user_id) values (v_user.id);
  insert into app.account_memberships (user_id, effective_on, account_owner_id, request_id)
  values (v_user.id, '-infinity', v_user.id, p_login ->> 'request_id');
  if p_login ->> 'webhook_id' is not null then
    perform store_login_event(p_login);
  end if;
  return v_user;
end
$$;

-- True when the login's own request made the user, in this call or in one whose answer was lost.
create function was_created_by(p_login jsonb) returns boolean
language plpgsql stable
set search_path from current
as $$
begin
  return exists (
    select
    from app.account_memberships
    where user_id = p_login ->> 'user_id' and effective_on = '-infinity' and request_id = p_login ->> 'request_id'
  );
end
$$;

-- Counts a signed login once per `webhook-id`. Answers false when another request has had it counted.
create function count_login(p_login jsonb) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_at timestamptz := p_login ->> 'logged_in_at';
  v_counted_by text;
begin
  if store_login_event(p_login) then
    update public.users
    set login_count = login_count + 1, last_login_at = greatest(last_login_at, v_at)
    where id = p_login ->> 'user_id';
    return true;
  end if;
  select request_id into strict v_counted_by from app.login_events where webhook_id = p_login ->> 'webhook_id';
  return coalesce(v_counted_by = p_login ->> 'request_id', false);
end
$$;

-- Keeps a login event by its `webhook-id`. Answers false when it was there, and refuses one of another user.
create function store_login_event(p_login jsonb) returns boolean
language plpgsql
set search_path from current
as $$
begin
  insert into app.login_events (webhook_id, user_id, logged_in_at, request_id)
  values (p_login ->> 'webhook_id', p_login ->> 'user_id', (p_login ->> 'logged_in_at')::timestamptz, p_login ->> 'request_id')
  on conflict (webhook_id) do nothing;
  if found then
    return true;
  end if;
  if (select user_id from app.login_events where webhook_id = p_login ->> 'webhook_id') <> p_login ->> 'user_id' then
    raise exception using
      errcode = 'AP409',
      message = 'webhook_id_reused',
      detail = 'This webhook-id came with another user before. Every login needs its own.';
  end if;
  return false;
end
$$;

-- functions/sync-user/src/update_me.sql

-- Changes the preferences of the calling user, by a merge patch: the same again changes nothing. No other metadata is
-- taken from the input, whoever sends it.
create function update_me(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_user public.users := authorize(args, 'user');
  v_given jsonb := args #> '{input,metadata}';
  v_patch jsonb := case
    when v_given ? 'preferences' then jsonb_build_object('preferences', v_given -> 'preferences')
    else '{}'
  end;
  v_metadata jsonb;
begin
  select * into strict v_user from public.users where id = v_user.id for no key update;
  -- While this call waited for the row, an administrator may have decided otherwise.
  perform require_active(v_user);
  v_metadata := merge_metadata(v_user.metadata, v_patch);
  if v_metadata <> v_user.metadata then
    update public.users set metadata = v_metadata where id = v_user.id;
  end if;
  return describe_user(v_user.id);
end
$$;

-- functions/team/src/accept_invite.sql

-- Makes the caller a member of the team that invited them, and gives them a seat beside the owner or lets them wait.
-- The proof is the token, and a verified address equal to the invited one.
--
-- A call that is repeated with the same request id finds its own acceptance. Every other call is told that the invite
-- has been used, also one by the same user with another request id.
create function accept_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_request_id text := args #>> '{caller,request_id}';
  v_token_hash bytea := decode(args #>> '{input,token_sha256}', 'hex');
  v_invite public.team_invites;
begin
  -- Lock order: terms before seats. Otherwise a join that waits for usage being recorded would block all sign-ups.
  perform lock_billing_terms();
  perform lock_seats();
  select * into v_invite
  from public.team_invites
  where id = coalesce(
    (select id from public.team_invites where token_hash = v_token_hash),
    (select invite_id from app.invite_links where token_hash = v_token_hash)
  )
  for no key update;
  if is_membership_of_request(v_caller.id, v_invite.account_owner_id, v_request_id) then
    return describe_place(v_caller.id);
  end if;
  perform require_acceptable(v_invite, args #>> '{input,email}', (args #>> '{input,email_verified}')::boolean);
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  select * into strict v_caller from public.users where id = v_caller.id for no key update;
  perform require_active(v_caller);
  perform require_joinable(v_caller, v_invite.account_owner_id);

  update public.team_invites
  set accepted_at = app.now(), accepted_by_user_id = v_caller.id
  where id = v_invite.id;
  perform set_membership(v_caller.id, v_invite.account_owner_id, v_request_id);
  perform join_owner(v_caller.id, v_invite.account_owner_id);
  return describe_place(v_caller.id);
end
$$;

-- The new member keeps the seat if it is beside the owner's. Otherwise they give it up and wait for one that is.
create function join_owner(p_user_id text, p_owner_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  if (
    (select hopsworks_cluster_id from public.user_hopsworks_assignments where user_id = p_user_id)
      = (select hopsworks_cluster_id from public.user_hopsworks_assignments where user_id = p_owner_id)
  ) is not true then
    perform enqueue_for_seat(p_user_id);
  end if;
  perform place_waiting();
end
$$;

-- Refuses an invite that is unknown, used, expired, withdrawn, or meant for another address.
create function require_acceptable(p_invite public.team_invites, p_email text, p_email_verified boolean)
returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_invite.id is null then
    raise exception using
      errcode = 'AP404',
      message = 'invite_unknown',
      detail = 'There is no such invite. Check the link, or ask for a new one.';
  end if;
  if p_invite.accepted_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_used',
      detail = 'This invite has been accepted already, and is good once. If not by you, ask for a new one.';
  end if;
  if p_invite.expires_at <= app.now() then
    raise exception using
      errcode = 'AP409',
      message = 'invite_expired',
      detail = 'This invite has expired. Ask the account owner for a new one.';
  end if;
  if p_invite.withdrawn_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_withdrawn',
      detail = 'This invite has been withdrawn. Ask the account owner for a new one.';
  end if;
  if lower(p_email collate "C") is distinct from lower(p_invite.email collate "C") then
    raise exception using
      errcode = 'AP403',
      message = 'invite_for_another_address',
      detail = 'This invite was sent to another e-mail address. Sign in with that address to accept it.';
  end if;
  if p_email_verified is not true then
    raise exception using
      errcode = 'AP403',
      message = 'email_not_verified',
      detail = 'Verify your e-mail address, sign in again, and accept the invite then.';
  end if;
end
$$;

-- Refuses users who cannot become members of that account: its owner, members, and owners with members.
create function require_joinable(p_user public.users, p_owner_id text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_user.id = p_owner_id then
    raise exception using
      errcode = 'AP409',
      message = 'invite_self',
      detail = 'This invite is your own. You are in your team already.';
  end if;
  if p_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'already_member',
      detail = 'You belong to a team already. Leave it to join another.';
  end if;
  if exists (select from public.users where account_owner_id = p_user.id) then
    raise exception using
      errcode = 'AP409',
      message = 'has_members',
      detail = 'Your account has members. Remove them from your team to join another.';
  end if;
  if not exists (
    select from public.users where id = p_owner_id and (status = 'active') is true and account_owner_id is null
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'account_owner_not_active',
      detail = 'The account that invited you is not active. Ask its owner.';
  end if;
end
$$;

-- functions/team/src/create_invite.sql

-- Invites an address into the caller's team. The invite is open for seven days. The database only gets the hash of the
-- token. There is one open invite per address, and an expired one makes room; an account may have a hundred open ones,
-- and send a hundred in a day. The id comes with the call, so that a repeated call finds its own invite.
create function create_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_id uuid := args #>> '{input,id}';
  v_email text := args #>> '{input,email}';
begin
  -- One after the other, so that all are counted.
  perform from public.users where id = v_caller.id for no key update;
  v_caller := authorize(args, 'owner');
  if exists (select from public.team_invites where id = v_id) then
    return (select i.description from described_invites i where i.id = v_id and i.account_owner_id = v_caller.id);
  end if;
  perform require_invitable(v_caller, v_email);
  update public.team_invites
  set withdrawn_at = app.now()
  where account_owner_id = v_caller.id
    and lower(email collate "C") = lower(v_email collate "C")
    and accepted_at is null
    and withdrawn_at is null
    and (expires_at <= app.now()) is true;
  perform require_room_for_invite(v_caller.id);
  insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at)
  values (
    v_id,
    v_caller.id,
    v_email,
    decode(args #>> '{input,token_sha256}', 'hex'),
    app.now() + interval '7 days'
  )
  on conflict do nothing;
  if not found then
    raise exception using
      errcode = 'AP409',
      message = 'invite_open',
      detail = 'This address has an open invite. Withdraw it to send another.';
  end if;
  return (select i.description from described_invites i where i.id = v_id and i.account_owner_id = v_caller.id);
end
$$;

-- Refuses the caller's own address, and that of a member.
create function require_invitable(p_caller public.users, p_email text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if lower(p_email collate "C") = lower(p_caller.email collate "C") then
    raise exception using
      errcode = 'AP409',
      message = 'invite_self',
      detail = 'This is your own address. You are in your team already.';
  end if;
  if exists (
    select from public.users
    where lower(email collate "C") = lower(p_email collate "C")
      and account_owner_id = p_caller.id
      and status <> 'deleted'
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'already_member',
      detail = 'Somebody with this address is in your team already.';
  end if;
end
$$;

-- Refuses an owner who has as many open invites as one may have, or has sent as many as one may send in a day. Without a
-- limit one user could fill the disk, also by withdrawing what they send.
create function require_room_for_invite(p_owner_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  c_most_open constant integer := 100;
  c_most_in_a_day constant integer := 100;
begin
  if (
    select count(*)
    from public.team_invites
    where account_owner_id = p_owner_id
      and accepted_at is null
      and withdrawn_at is null
      and (expires_at > app.now()) is true
  ) >= c_most_open then
    raise exception using
      errcode = 'AP409',
      message = 'invite_limit',
      detail = format('You have %s open invites, and no account may have more. Withdraw one to send another.', c_most_open);
  end if;
  if (
    select count(*) from public.team_invites where account_owner_id = p_owner_id and created_at > app.now() - interval '1 day'
  ) >= c_most_in_a_day then
    raise exception using
      errcode = 'AP409',
      message = 'invite_limit',
      detail = format('You have sent %s invites in 24 hours, and no account may send more. Go on tomorrow.', c_most_in_a_day);
  end if;
end
$$;

-- functions/team/src/invite.sql

-- Invites as the owner sees them, without token or hash.
create view described_invites as
select
  i.id,
  i.account_owner_id,
  i.created_at,
  jsonb_build_object(
    'id', i.id,
    'email', i.email,
    'status', case
      when i.accepted_at is not null then 'accepted'
      when i.withdrawn_at is not null and i.withdrawn_at >= i.expires_at then 'expired'
      when i.withdrawn_at is not null then 'withdrawn'
      when i.expires_at <= app.now() then 'expired'
      else 'open'
    end,
    'created_at', i.created_at,
    'expires_at', i.expires_at,
    'accepted_at', i.accepted_at,
    'accepted_by_user_id', i.accepted_by_user_id
  ) as description
from public.team_invites i;

-- functions/team/src/list_invites.sql

-- A page of the caller's invites, newest first.
create function list_invites(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id uuid := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select i.description::json
      from described_invites i
      where i.account_owner_id = v_caller.id
        and (v_after_id is null or (i.created_at, i.id) < (v_after_time, v_after_id))
      order by i.created_at desc, i.id desc
      limit v_limit + 1
    )
  );
end
$$;

-- functions/team/src/list_members.sql

-- A page of the members of the caller's team, the newest user first.
create function list_members(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_limit integer := args #>> '{input,limit}';
  v_after_time timestamptz := args #>> '{input,after,created_at}';
  v_after_id text := args #>> '{input,after,id}';
begin
  return page(
    v_limit,
    array(
      select json_build_object(
        'id', u.id,
        'name', u.name,
        'email', u.email,
        'status', u.status,
        'created_at', u.created_at,
        'joined_at', (
          -- The history says it for as long as the user is a member, and an accepted invite is forgotten.
          select h.created_at
          from app.account_memberships h
          where h.user_id = u.id and h.account_owner_id = v_caller.id
          order by h.effective_on desc
          limit 1
        ),
        'last_login_at', u.last_login_at,
        'cluster_name', c.name,
        'waiting_since', u.waiting_since
      )
      from public.users u
      left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
      left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
      where u.account_owner_id = v_caller.id
        and u.status <> 'deleted'
        and (v_after_id is null or (u.created_at, u.id) < (v_after_time, v_after_id))
      order by u.created_at desc, u.id desc
      limit v_limit + 1
    )
  );
end
$$;

-- functions/team/src/remove_member.sql

-- Ends a membership: the owner or an administrator removes a member, or a member leaves, also one who was suspended with
-- the owner. The former member becomes an account owner again and, if active, gets a seat as a new user does: after
-- those who wait already. One who is suspended stays so, until an administrator reactivates them. A call that is repeated
-- with the same request id finds it done.
create function remove_member(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize_removal(args);
  v_user_id text := args #>> '{input,user_id,id}';
  v_request_id text := args #>> '{caller,request_id}';
  v_member public.users;
  v_before jsonb;
begin
  -- Lock order: terms before seats. Otherwise a call that waits for usage being recorded would block all sign-ups.
  perform lock_billing_terms();
  perform lock_seats();
  -- Read the caller again: while this call waited for the seat lock, another one may have changed them.
  v_caller := authorize_removal(args);
  select * into v_member from public.users where id = v_user_id for no key update;
  if is_membership_of_request(v_user_id, v_user_id, v_request_id) then
    return '{}';
  end if;
  if v_member.account_owner_id is null
    or not (v_caller.is_admin or v_caller.id in (v_member.id, v_member.account_owner_id))
    or v_member.status = 'deleted'
  then
    raise exception using
      errcode = 'AP404',
      message = 'member_unknown',
      detail = 'There is no such member in a team of yours.';
  end if;
  perform require_unambiguous(args #> '{input,user_id}');

  v_before := describe_membership(v_member.id);
  perform set_membership(v_member.id, v_member.id, v_request_id);
  -- The former owner's reactivation does not concern them any more.
  update public.users
  set suspended_with_owner = false, suspended_for = '{administrator}'
  where id = v_member.id and suspended_with_owner;
  insert into public.user_credits (user_id) values (v_member.id) on conflict (user_id) do nothing;
  if v_member.status = 'active' then
    update public.users set waiting_since = null where id = v_member.id and waiting_since is not null;
    perform enqueue_for_seat(v_member.id);
    perform place_waiting();
  end if;
  if v_caller.id not in (v_member.id, v_member.account_owner_id) then
    perform write_audit(args, 'users.remove_from_team', v_member.id, v_before, describe_membership(v_member.id));
  end if;
  return '{}';
end
$$;

-- As `authorize`, but a member who was suspended with the owner may leave: otherwise they could not go on before the
-- owner can.
create function authorize_removal(args jsonb) returns public.users
language plpgsql stable
set search_path from current
as $$
declare
  v_caller public.users;
begin
  perform require_kind(args, array['user']);
  select * into v_caller
  from public.users
  where id = args #>> '{caller,sub}'
    and id = args #>> '{input,user_id,id}'
    -- Or they have left by this very request, whose answer was lost.
    and (suspended_with_owner or is_membership_of_request(id, id, args #>> '{caller,request_id}'));
  if found then
    return v_caller;
  end if;
  return authorize(args, 'user');
end
$$;

-- A user's account, status and place, for the audit log.
create function describe_membership(p_user_id text) returns jsonb
language plpgsql stable
set search_path from current
as $$
begin
  return describe_place(p_user_id) || (
    select jsonb_build_object('status', u.status, 'suspended_with_owner', u.suspended_with_owner)
    from public.users u
    where u.id = p_user_id
  );
end
$$;

-- functions/team/src/withdraw_invite.sql

-- Withdraws an invite of the caller that nobody has accepted. Withdrawing it again changes nothing.
create function withdraw_invite(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'owner');
  v_invite public.team_invites;
begin
  select * into v_invite
  from public.team_invites
  where id = (args #>> '{input,id}')::uuid and account_owner_id = v_caller.id
  for no key update;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'invite_unknown',
      detail = 'You have sent no invite of this id. GET /api/team/invites lists yours.';
  end if;
  if v_invite.accepted_at is not null then
    raise exception using
      errcode = 'AP409',
      message = 'invite_used',
      detail = 'This invite has been accepted. Remove the member instead.';
  end if;
  update public.team_invites set withdrawn_at = app.now() where id = v_invite.id and withdrawn_at is null;
  return '{}';
end
$$;

-- functions/upkeep/src/check_invariants.sql

-- The next violations of the invariants, a thousand at most, and where to go on. It may take long, because nobody waits
-- for it.
create function check_invariants(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return find_violations(args #> '{input,after}', 1000, 4000, 400);
end
$$;

-- functions/upkeep/src/count_parked.sql

-- How many payments, refunds and disputes wait for a person.
create function count_parked(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return json_build_object('parked', count_parked_payments());
end
$$;

-- functions/upkeep/src/erase_deleted.sql

-- Erases the persons of users who were deleted longer ago than `app.erasure_policy` says, the twenty that have waited
-- longest, and answers how many.
create function erase_deleted(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_retention interval := coalesce((select p.retention from app.erasure_policy p where p.is_only), interval '30 days');
  v_ids text[];
begin
  perform authorize(args, 'schedule');
  v_ids := array(
    select u.id
    from public.users u
    where u.status = 'deleted' and u.erased_at is null and u.deleted_at <= app.now() - v_retention
    order by u.deleted_at, u.id
    limit 20
    for no key update skip locked
  );
  perform erase_persons(v_ids);
  return jsonb_build_object('erased', cardinality(v_ids));
end
$$;

-- functions/upkeep/src/forget_ended.sql

-- Deletes what ended more than thirty days ago and is no longer shown or needed: deleted deployments, and invites,
-- whatever became of them. (Who is a member, and since when, stands in the history of memberships.) Hours of namespaces
-- go after forty days, when no reading of them would be taken any more: what was billed stands in the readings. What
-- nobody owned stays. It deletes the oldest ten thousand of each, where they are stored, and answers how many.
create function forget_ended(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_deployments integer;
  v_invites integer;
  v_hours integer;
begin
  perform authorize(args, 'schedule');
  delete from public.clusters
  where ctid = any (array(
    select ctid
    from public.clusters
    where status = 'deleted' and deleted_at < app.now() - interval '30 days'
    order by deleted_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_deployments = row_count;
  delete from public.team_invites
  where ctid = any (array(
    select ctid
    from public.team_invites
    where expires_at < app.now() - interval '30 days'
    order by expires_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_invites = row_count;
  delete from app.namespace_hours
  where ctid = any (
    array(
      select ctid
      from app.namespace_hours
      where hour < app.now() - interval '40 days'
        and user_id is not null
        and coalesce(rejection, 'day_taken_over') = 'day_taken_over'
      order by hour
      limit 10000
      for update skip locked
    )
    || array(
      -- Of the cluster itself: nobody will ever own them.
      select h.ctid
      from app.usage_collection s
      cross join lateral unnest(s.system_namespaces) n (namespace)
      cross join lateral (
        select k.ctid
        from app.namespace_hours k
        where k.hopsworks_cluster_id = s.hopsworks_cluster_id
          and k.namespace = n.namespace
          and k.hour < app.now() - interval '40 days'
          and k.user_id is null
        limit 10000
        for update skip locked
      ) h
      limit 10000
    )
  );
  get diagnostics v_hours = row_count;
  return jsonb_build_object('forgotten', v_deployments + v_invites + v_hours);
end
$$;

-- functions/upkeep/src/forget_events.sql

-- Deletes events that the bus has had for seven days, the oldest ten thousand, and answers how many. The bus keeps them no
-- longer either.
create function forget_events(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_forgotten integer;
begin
  perform authorize(args, 'schedule');
  delete from app.outbox
  where ctid = any (array(
    select ctid
    from app.outbox
    where published_at < app.now() - interval '7 days'
    order by published_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_forgotten = row_count;
  return jsonb_build_object('forgotten', v_forgotten);
end
$$;

-- functions/upkeep/src/forget_logins.sql

-- Deletes logins that no sender can repeat any more, the oldest ten thousand, and answers how many. A `webhook-id` is
-- kept for a week: senders that follow Standard Webhooks retry for about three days, each time with a new signature,
-- and the same signature is refused after five minutes.
create function forget_logins(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_forgotten integer;
begin
  perform authorize(args, 'schedule');
  delete from app.login_events
  where ctid = any (array(
    select ctid
    from app.login_events
    where received_at < app.now() - interval '7 days'
    order by received_at
    limit 10000
    for update skip locked
  ));
  get diagnostics v_forgotten = row_count;
  return jsonb_build_object('forgotten', v_forgotten);
end
$$;

-- functions/upkeep/src/make_partitions.sql

-- Makes the partitions for the readings of the coming months, and answers which it made. On most days there is nothing
-- to make, and nothing is locked. Otherwise logins and meters queue behind the lock that this call waits for, so it
-- waits 300 ms at most. It is retried daily, and there are about 60 days of slack.
create function make_partitions(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
set lock_timeout = '300ms'
as $$
declare
  v_before text[] := usage_partitions();
begin
  perform authorize(args, 'schedule');
  call app.ensure_usage_partitions();
  return jsonb_build_object(
    'made', to_jsonb(array(select p from unnest(usage_partitions()) p where p <> all (v_before) order by p))
  );
end
$$;

-- The partitions of `usage_readings`, such as `usage_readings_2026_01`.
create function usage_partitions() returns text[]
language sql stable
set search_path from current
as $$
  select array(
    select c.relname::text
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'app.usage_readings'::regclass
  )
$$;

-- functions/upkeep/src/review_accounts.sql

-- Has the credits of accounts go by the policy that is in force by now, as what an administrator changes for everybody
-- gets to each account so; and has suspensions for money follow states that others changed without them: an older
-- release, a revision of usage, a member who leaves a team with debts of their own.
--
-- It looks at two thousand accounts after `after`, and answers how many were changed (200 at most, because sign-ups wait
-- meanwhile), how many suspensions began or ended (fifty at most), and where to go on.
create function review_accounts(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_after text := coalesce(args #>> '{input,after}', '');
  v_looked_at text[];
  v_changed text[];
  v_touched text[];
  v_settled integer := 0;
begin
  perform authorize(args, 'schedule');
  v_looked_at := array(
    select c.user_id
    from public.user_credits c
    where c.user_id > v_after
    order by c.user_id
    limit 2000
  );
  v_changed := array(
    select c.user_id
    from public.user_credits c
    cross join lateral app.policy_in_force(c.user_id) p
    where c.user_id = any (v_looked_at)
      and (c.warn_below, c.overdraft, c.grace_days, c.projects_when_exhausted, c.monthly_cap)
        is distinct from (p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap)
    order by c.user_id
    limit 200
  );
  v_touched := v_changed || find_unsettled_suspensions(v_looked_at);
  if v_touched <> '{}' then
    -- A policy may end a suspension.
    perform lock_seats();
    perform lock_accounts(array(select distinct t.id from unnest(v_touched) t (id)));
    update public.user_credits c
    set (warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap) = (
      select p.warn_below, p.overdraft, p.grace_days, p.projects_when_exhausted, p.monthly_cap
      from app.policy_in_force(c.user_id) p
    )
    where c.user_id = any (v_changed);
    v_settled := settle_suspensions(v_touched, 50);
  end if;
  return jsonb_build_object(
    'changed', cardinality(v_changed),
    'settled', v_settled,
    -- Those who are left of these are next.
    'next', case when v_settled = 50 or cardinality(v_changed) = 200 then v_after else v_looked_at[2000] end
  );
end
$$;

-- functions/upkeep/src/seat_waiting.sql

-- Seats users who wait and can be seated, a thousand at most, and answers how many got a seat. Calls that make room
-- seat users at once. This is for room that was made by hand, and for queues that are too long for one call.
create function seat_waiting(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_before bigint;
begin
  perform authorize(args, 'schedule');
  if not exists (select from public.users where waiting_since is not null) then
    return jsonb_build_object('seated', 0);
  end if;
  perform lock_seats();
  -- An owner's seat may have been edited by hand, without this lock, just when a member began to wait. The trigger
  -- `set_waiting` computes the column again.
  update public.users u
  set waiting_cluster_id = default
  where u.waiting_since is not null
    and u.waiting_cluster_id is distinct from (
      select a.hopsworks_cluster_id from public.user_hopsworks_assignments a where a.user_id = u.account_owner_id
    );
  -- Few rows to read, and the trigger `count_seats` keeps them right.
  v_before := (select coalesce(sum(current_users), 0) from public.hopsworks_clusters);
  perform place_waiting();
  return jsonb_build_object(
    'seated', (select coalesce(sum(current_users), 0) - v_before from public.hopsworks_clusters)
  );
end
$$;

-- functions/upkeep/src/settle_due_credits.sql

-- Changes what time alone has changed of accounts, the longest due first, fifty at most, and answers how many were
-- due: a grace period that is over, which suspends the owner and the team, and a month for which a level of the cap had
-- been reached. What else follows is computed by triggers.
create function settle_due_credits(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_month date := date_trunc('month', app.now() at time zone 'UTC')::date;
  v_due text[];
begin
  perform authorize(args, 'schedule');
  v_due := array(
    select c.user_id from public.user_credits c where c.due_at <= app.now() order by c.due_at limit 50
  );
  if v_due = '{}' then
    return jsonb_build_object('settled', 0);
  end if;
  perform lock_seats();
  perform lock_accounts(v_due);
  update public.user_credits c
  set -- Kept from being so by a trigger, if the grace period is not over.
      state = case when c.state = 'exhausted' then 'overdue' else c.state end,
      month = greatest(c.month, v_month),
      month_scaled_cost_usd = case
        when c.month < v_month then app.cost_of_month(c.user_id, v_month)
        else c.month_scaled_cost_usd
      end,
      updated_at = app.now()
  where c.user_id = any (v_due) and c.due_at <= app.now();
  perform settle_suspensions(v_due);
  return jsonb_build_object('settled', cardinality(v_due));
end
$$;

-- functions/upkeep/src/tell_of_expired.sql

-- Marks open invites that are past their days, a thousand at most, and answers how many. A trigger tells of each.
create function tell_of_expired(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_expired integer;
begin
  perform authorize(args, 'schedule');
  update public.team_invites
  set expired_at = app.now()
  where ctid = any (array(
    select ctid
    from public.team_invites
    where expires_at <= app.now() and accepted_at is null and withdrawn_at is null and expired_at is null
    order by expires_at
    limit 1000
    for no key update skip locked
  ));
  get diagnostics v_expired = row_count;
  return jsonb_build_object('expired', v_expired);
end
$$;

-- functions/usage/src/accept_hour.sql

-- Notes that what a cluster answers of an hour is true, though it was not believed, and has it read at the next
-- opportunity. That may be an hour that was read before, and looks wrong now. Where the last try failed for another reason,
-- there is no answer that could be true.
create function accept_hour(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_hour timestamptz := args #>> '{input,hour}';
  v_target text := concat_ws('/', args #>> '{input,cluster_id}', args #>> '{input,hour}');
  v_known app.usage_coverage := lock_hour(v_cluster_id, v_hour);
begin
  if not is_audited(args, 'usage_coverage.accept', v_target) then
    if v_known.state = 'given_up'
      or coalesce(v_known.error_code, '') not in ('empty_answer', 'fewer_namespaces', 'more_than_the_cluster')
    then
      raise exception using
        errcode = 'AP409',
        message = 'nothing_to_accept',
        detail = 'Only an answer is accepted that was not believed: empty_answer, fewer_namespaces or '
          'more_than_the_cluster. An hour that was given up has to be read again first.';
    end if;
    update app.usage_coverage
    set accepted_by = v_caller.id,
        due_at = app.now()
    where hopsworks_cluster_id = v_cluster_id and hour = v_hour;
    perform write_audit(
      args,
      'usage_coverage.accept',
      v_target,
      jsonb_build_object('code', v_known.error_code, 'detail', v_known.error_detail),
      null
    );
  end if;
  return (select h.description from described_hours h where h.hopsworks_cluster_id = v_cluster_id and h.hour = v_hour);
end
$$;

-- functions/usage/src/attribute_namespace.sql

-- Says by hand who pays for a namespace of a cluster, for a time in which nobody owns it, or a project whose owner we do not
-- know. What waits for an owner is billed by the next run of `collect-usage`, as if a project had been found.
create function attribute_namespace(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_cluster_id uuid := v_input ->> 'cluster_id';
  v_namespace text := v_input ->> 'namespace';
  v_user_id text := v_input ->> 'user_id';
  v_from_hour timestamptz := coalesce(v_input ->> 'from_hour', '-infinity');
  v_to_hour timestamptz := coalesce(v_input ->> 'to_hour', 'infinity');
begin
  perform require_hopsworks_cluster(v_cluster_id);
  perform require_user(v_user_id);
  -- One after the other, and not while `provision` writes down the cluster's projects.
  perform from app.usage_collection where hopsworks_cluster_id = v_cluster_id for no key update;
  if not is_audited(args, 'namespaces.attribute', v_user_id) then
    -- It stays the project's, and is the user's from now on.
    update app.hopsworks_projects
    set user_id = v_user_id
    where hopsworks_cluster_id = v_cluster_id
      and namespace = v_namespace
      and user_id is null
      and to_hour = 'infinity'
      and from_hour >= v_from_hour
      and to_hour <= v_to_hour;
    if found then
      null;
    elsif exists (
      select
      from app.hopsworks_projects
      where hopsworks_cluster_id = v_cluster_id
        and namespace = v_namespace
        and from_hour < v_to_hour
        and to_hour > v_from_hour
        -- Some owned it for no hour.
        and from_hour < to_hour
    ) then
      raise exception using
        errcode = 'AP409',
        message = 'namespace_owned',
        detail = 'Somebody owns this namespace in that time, or it has been attributed already. What was decided stays: '
          'name the hours in which it has no owner, or correct the accounts by adjustments.';
    else
      insert into app.hopsworks_projects (hopsworks_cluster_id, name, namespace, user_id, from_hour, to_hour)
      values (
        v_cluster_id, coalesce(v_input ->> 'project', left(v_namespace, 200)), v_namespace, v_user_id, v_from_hour, v_to_hour
      );
    end if;
    perform write_audit(args, 'namespaces.attribute', v_user_id, null, v_input);
  end if;
  return jsonb_build_object(
    'namespace', v_namespace,
    'user_id', v_user_id,
    'hours_waiting', (
      select count(*)
      from (
        select
        from app.namespace_hours
        where hopsworks_cluster_id = v_cluster_id
          -- By the index that has this order.
          and namespace between v_namespace and v_namespace
          and hour >= v_from_hour
          and hour < v_to_hour
          and user_id is null
        order by namespace, hour
      ) h
    )
  );
end
$$;

-- functions/usage/src/claim_sources.sql

-- Makes the sources that nobody has used yet the client's, and answers those of `p_sources` that belong to others. The
-- caller holds the terms of billing, so none is moved meanwhile.
--
-- Of two clients who use a source first at once, one waits here for the other, before it holds any account. Sources are
-- taken in the order of their names, so nobody waits for somebody who waits.
create function claim_sources(p_sources text[], p_client_id text) returns text[]
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_new text[];
  v_foreign text[];
begin
  select
    array_agg(s.source) filter (where k.client_id is null),
    array_agg(s.source) filter (where k.client_id <> p_client_id)
  into v_new, v_foreign
  from unnest(p_sources) as s (source)
  left join lateral (select client_id from app.usage_sources where source = s.source limit 1) k on true;
  if v_new is not null then
    insert into app.usage_sources (source, client_id)
    select s.source, p_client_id
    from unnest(v_new) as s (source)
    order by s.source collate "C"
    on conflict (source) do nothing;
    v_foreign := array(select source from app.usage_sources where source = any (p_sources) and client_id <> p_client_id);
  end if;
  return coalesce(v_foreign, '{}');
end
$$;

-- functions/usage/src/get_usage.sql

-- What was used from one day to another: by a user, day by day, or (`scope` = `account`) what an account pays for, day
-- by day and by member; or, with `group_by`, in parts that somebody chooses. An account's usage is what it paid for on each day, whoever belongs to the team now.
--
-- Users see their own usage, owners also that of their account, administrators everybody's. Costs are billing: members
-- never see them, and owners see those of the days that they pay for. What others have paid for costs null, and is in no
-- sum. Of members who have left, the owner sees the id.
create function get_usage(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
  v_input jsonb := args -> 'input';
  v_of_account boolean := v_input ->> 'scope' = 'account';
  v_start date := v_input ->> 'start';
  v_end date := v_input ->> 'end';
  v_with_cost boolean := v_caller.is_admin or v_caller.account_owner_id is null;
  -- Null for an administrator.
  v_viewer text := case when not v_caller.is_admin then v_caller.id end;
  v_user_id text := case
    when v_of_account then require_account(v_caller, v_input ->> 'user_id')
    else require_visible(v_caller, v_input ->> 'user_id')
  end;
  v_by text[] := string_to_array(v_input ->> 'group_by', ',');
  v_grouped jsonb;
begin
  if v_by is not null then
    v_grouped := group_usage(v_user_id, v_of_account, v_start, v_end, v_viewer, v_with_cost, v_by);
    if (v_input ->> 'as_rows')::boolean then
      return jsonb_build_object('rows', v_grouped -> 'groups');
    end if;
    return jsonb_build_object(
      'user_id', v_user_id, 'scope', v_input ->> 'scope', 'start', v_start, 'end', v_end, 'days', '[]'::jsonb, 'members', null
    ) || v_grouped;
  end if;
  if (v_input ->> 'as_rows')::boolean then
    return jsonb_build_object('rows', list_usage_rows(v_user_id, v_of_account, v_start, v_end, v_viewer, v_with_cost));
  end if;
  return (
    with used as materialized (select * from find_usage(v_user_id, v_of_account, v_start, v_end, v_viewer)),
    day as (
      select
        u.date,
        describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.scaled_cost_usd), v_with_cost) as sums
      from used u
      group by u.date
    ),
    member as (
      select
        u.user_id,
        describe_used(sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), sum(u.scaled_cost_usd), v_with_cost) as sums
      from used u
      group by u.user_id
    )
    select jsonb_build_object(
      'user_id', v_user_id,
      'scope', v_input ->> 'scope',
      'start', v_start,
      'end', v_end,
      'days', (select coalesce(jsonb_agg(jsonb_build_object('date', d.date) || d.sums order by d.date desc), '[]') from day d),
      'members', (
        select jsonb_agg(jsonb_build_object('user_id', m.user_id, 'name', p.name, 'email', p.email) || m.sums order by m.user_id)
        from member m
        left join lateral (select * from public.users where id = m.user_id limit 1) p
          on v_viewer is null or p.id = v_user_id or p.account_owner_id = v_user_id
        where v_of_account
      ),
      'totals', (
        select describe_used(
          sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds),
          -- Nothing used costs nothing.
          case when count(*) = 0 then 0 else sum(u.scaled_cost_usd) end,
          v_with_cost
        )
        from used u
      )
    )
  );
end
$$;

-- The days of a user, or those that an account pays for. Only the payer of a day sees its cost; for another viewer it
-- is null, because zero would look free. A null viewer sees all costs.
create function find_usage(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  out user_id text,
  out date date,
  out cpu_hours numeric,
  out gpu_hours numeric,
  out storage_gb_seconds numeric,
  out scaled_cost_usd numeric
)
returns setof record
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
    select
      d.user_id, d.date, d.cpu_hours, d.gpu_hours, d.storage_gb_seconds,
      case when p_viewer is null or d.account_owner_id = p_viewer then d.scaled_cost_usd end
    -- One of the two runs, each by its index, which is the one that has this order.
    from (
      (
        select *
        from public.usage_daily
        where p_of_account and account_owner_id = p_user_id and date between p_start and p_end
        order by date
      )
      union all
      (
        select *
        from public.usage_daily
        where not p_of_account and user_id = p_user_id and date between p_start and p_end
        order by date
      )
    ) d;
end
$$;

-- Sums as decimal strings. The cost is exact to the millionth of a dollar; null stays null, and so does what viewers
-- must not see.
create function describe_used(
  p_cpu_hours numeric,
  p_gpu_hours numeric,
  p_storage_gb_seconds numeric,
  p_scaled_cost_usd numeric,
  p_with_cost boolean
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'cpu_hours', trim_scale(coalesce(p_cpu_hours, 0))::text,
    'gpu_hours', trim_scale(coalesce(p_gpu_hours, 0))::text,
    'storage_gb_months', trim_scale(round(coalesce(p_storage_gb_seconds, 0) / app.billing_month_seconds(), 6))::text,
    'cost_usd', case
      when p_with_cost then trim_scale(round(p_scaled_cost_usd / app.billing_month_seconds(), 6))::text
    end
  );
end
$$;

-- One row for each day and user, latest first, for spreadsheets. A range too large for one answer is refused, because a
-- part of a bill would be taken for all of it.
create function list_usage_rows(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_with_cost boolean
) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 10000;
  c_most_bytes constant integer := 5000000;
  v_rows jsonb[];
begin
  if (
    select count(*)
    from (select from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) limit c_most + 1) few
  ) <= c_most then
    v_rows := array(
      select jsonb_build_object('date', u.date, 'user_id', u.user_id, 'name', p.name, 'email', p.email)
        || describe_used(u.cpu_hours, u.gpu_hours, u.storage_gb_seconds, u.scaled_cost_usd, p_with_cost)
      from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) u
      left join lateral (select * from public.users where id = u.user_id limit 1) p
        on p_viewer is null or p.id = p_user_id or p.account_owner_id = p_user_id
      order by u.date desc, u.user_id
    );
  end if;
  if v_rows is null or octet_length(to_jsonb(v_rows)::text) > c_most_bytes then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more rows than one answer holds. Ask for fewer days.';
  end if;
  return to_jsonb(v_rows);
end
$$;

-- functions/usage/src/list_prices.sql

-- A page of the prices, the latest day first, as everybody sees them: without who set them.
create function list_prices(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
begin
  return page_of_rates(args -> 'input', '{created_by}');
end
$$;

-- functions/usage/src/list_rates.sql

-- A page of the prices, the latest day first.
create function list_rates(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return page_of_rates(args -> 'input', '{}');
end
$$;

-- functions/usage/src/list_unattributed_usage.sql

-- A page of what namespaces used that could be billed to nobody, by cluster and namespace. Those of the cluster itself are
-- left out.
create function list_unattributed_usage(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_after_cluster uuid := args #>> '{input,after,cluster_id}';
  v_after_namespace text := args #>> '{input,after,namespace}';
  v_items json[] := '{}';
  v_cluster record;
begin
  for v_cluster in
    select k.hopsworks_cluster_id as id, k.system_namespaces
    from app.usage_collection k
    where (v_cluster_id is null or k.hopsworks_cluster_id = v_cluster_id)
      and (v_after_cluster is null or k.hopsworks_cluster_id >= v_after_cluster)
    order by k.hopsworks_cluster_id
  loop
    v_items := v_items || find_unattributed(
      v_cluster.id,
      case when v_cluster.id = v_after_cluster then v_after_namespace else '' end,
      v_cluster.system_namespaces,
      v_limit + 1 - cardinality(v_items)
    );
    exit when cardinality(v_items) > v_limit;
  end loop;
  return page(v_limit, v_items, array['cluster_id', 'namespace']);
end
$$;

-- What the first namespaces of a cluster after `p_after` used that could be billed to nobody. It goes from one namespace
-- to the next, and reads of each what is unattributed alone.
create function find_unattributed(p_cluster_id uuid, p_after text, p_system_namespaces text[], p_limit integer) returns json[]
language plpgsql stable
set search_path from current
as $$
declare
  v_namespace text := p_after;
  v_items json[] := '{}';
begin
  while cardinality(v_items) < p_limit loop
    v_namespace := (
      select h.namespace
      from app.namespace_hours h
      where h.hopsworks_cluster_id = p_cluster_id
        and h.namespace > v_namespace
        and (h.user_id is null or h.rejection is not null)
      order by h.namespace
      limit 1
    );
    exit when v_namespace is null;
    continue when v_namespace = any (p_system_namespaces);
    v_items := v_items || (
      select json_build_object(
        'cluster_id', p_cluster_id,
        'namespace', v_namespace,
        'code', case when bool_or(h.user_id is null) then 'no_owner' else max(h.rejection) end,
        'hours', count(*),
        'first_hour', min(h.hour),
        'last_hour', max(h.hour),
        'cpu_hours', trim_scale(sum(h.cpu_hours))::text,
        'gpu_hours', trim_scale(sum(h.gpu_hours))::text,
        'storage_gb_hours', trim_scale(sum(h.storage_gb))::text
      )
      from (
        select *
        from app.namespace_hours
        where hopsworks_cluster_id = p_cluster_id
          -- By the index that has this order.
          and namespace between v_namespace and v_namespace
          and (user_id is null or rejection is not null)
        order by namespace, hour
      ) h
    );
  end loop;
  return v_items;
end
$$;

-- functions/usage/src/list_usage_coverage.sql

-- A page of hours of clusters, newest first: those that pass all given filters.
create function list_usage_coverage(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return page((args #>> '{input,limit}')::integer, find_hours(args -> 'input'), array['hour', 'cluster_id']);
end
$$;

-- A page of hours, and one more. It is planned again for each call, so that filters that are not given fall away.
create function find_hours(p_input jsonb) returns json[]
language plpgsql stable
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_cluster_id uuid := p_input ->> 'cluster_id';
  v_state text := p_input ->> 'state';
  -- Those that are to be tried are few, and have an index of their own.
  v_is_due boolean := coalesce(p_input ->> 'state' in ('expected', 'missing'), false);
  v_with_others boolean := coalesce((p_input ->> 'other_sources')::boolean, false);
  v_limit integer := p_input ->> 'limit';
  v_after_hour timestamptz := p_input #>> '{after,hour}';
  v_after_cluster uuid := p_input #>> '{after,cluster_id}';
begin
  return array(
    select h.description::json
    from described_hours h
    where (v_cluster_id is null or h.hopsworks_cluster_id = v_cluster_id)
      and (v_state is null or h.state = v_state)
      and (not v_is_due or h.due_at is not null)
      and (not v_with_others or h.other_sources <> '{}')
      and (
        v_after_hour is null
        or h.hour <= v_after_hour and (h.hour < v_after_hour or h.hopsworks_cluster_id > v_after_cluster)
      )
    order by h.hour desc, h.hopsworks_cluster_id
    limit v_limit + 1
  );
end
$$;

-- functions/usage/src/list_usage_sources.sql

-- A page of the sources of readings, by name.
create function list_usage_sources(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after text := args #>> '{input,after,source}';
begin
  return page(
    v_limit,
    array(
      select s.description::json
      from described_sources s
      where s.source > coalesce(v_after, '')
      order by s.source
      limit v_limit + 1
    ),
    array['source']
  );
end
$$;

-- functions/usage/src/move_usage_source.sql

-- Gives a source of readings to another machine, for all of its readings. Batches that are being recorded are waited for,
-- so that afterwards the machine before writes no more.
create function move_usage_source(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_source text := args #>> '{input,source,id}';
  v_client_id text := args #>> '{input,client_id}';
  v_before jsonb;
  v_after jsonb;
begin
  perform lock_billing_terms();
  if (args #>> '{input,source,is_plain}')::boolean and exists (
    select from app.usage_sources s where s.source ~ '[%?]' and app.read_from_path(s.source) = v_source
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'id_ambiguous',
      detail = format(
        'A path may change %s into another source''s name. Write the name that you mean as `~` and its base64url.', v_source
      );
  end if;
  v_before := (select s.description from described_sources s where s.source = v_source);
  if v_before is null then
    raise exception using
      errcode = 'AP404',
      message = 'source_unknown',
      detail = 'No reading has named this source yet. It will belong to the machine that uses it first.';
  end if;
  -- A repeated call finds its change made, whatever has been decided since.
  if is_audited(args, 'usage_sources.move', v_source) or v_before ->> 'client_id' = v_client_id then
    return v_before;
  end if;
  update app.usage_sources set client_id = v_client_id where source = v_source;
  v_after := (select s.description from described_sources s where s.source = v_source);
  perform write_audit(args, 'usage_sources.move', v_source, v_before, v_after);
  return v_after;
end
$$;

-- functions/usage/src/rate.sql

-- Prices from a day on, as decimal strings.
create view described_rates as
select
  r.effective_on,
  jsonb_build_object(
    'effective_on', r.effective_on,
    'cpu_hour_usd', trim_scale(r.cpu_hour_usd)::text,
    'gpu_hour_usd', trim_scale(r.gpu_hour_usd)::text,
    'storage_gb_month_usd', trim_scale(r.storage_gb_month_usd)::text,
    'created_by', r.created_by,
    'created_at', r.created_at
  ) as description
from app.usage_rates r;

-- A page of the prices, the latest day first, without some of what is known of them.
create function page_of_rates(p_input jsonb, p_hidden text[]) returns json
language plpgsql stable
set search_path from current
as $$
declare
  v_limit integer := p_input ->> 'limit';
  v_after date := p_input #>> '{after,effective_on}';
begin
  return page(
    v_limit,
    array(
      select (r.description - p_hidden)::json
      from described_rates r
      where v_after is null or r.effective_on < v_after
      order by r.effective_on desc
      limit v_limit + 1
    ),
    array['effective_on']
  );
end
$$;

-- functions/usage/src/recollect_hour.sql

-- Has an hour of a cluster read at the next opportunity. One that was given up waits for a try again, if what it holds can
-- still be billed. What was read of it stays until then.
create function recollect_hour(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_hour timestamptz := args #>> '{input,hour}';
  v_target text := concat_ws('/', args #>> '{input,cluster_id}', args #>> '{input,hour}');
  v_known app.usage_coverage := lock_hour(v_cluster_id, v_hour);
begin
  if not is_audited(args, 'usage_coverage.recollect', v_target) then
    if v_hour < app.now() - interval '35 days' then
      raise exception using
        errcode = 'AP409',
        message = 'hour_too_old',
        detail = 'Usage of more than 35 days ago is not billed any more. Correct the account by an adjustment.';
    end if;
    update app.usage_coverage
    set state = case
          when state <> 'given_up' then state
          when error_code is null then 'expected'
          else 'missing'
        end,
        attempts = 0,
        due_at = app.now()
    where hopsworks_cluster_id = v_cluster_id and hour = v_hour;
    perform write_audit(
      args,
      'usage_coverage.recollect',
      v_target,
      jsonb_build_object('state', v_known.state, 'code', v_known.error_code, 'attempts', v_known.attempts),
      null
    );
  end if;
  return (select h.description from described_hours h where h.hopsworks_cluster_id = v_cluster_id and h.hour = v_hour);
end
$$;

-- functions/usage/src/record_usage.sql

-- Records a batch of readings. Values are absolute: a known reading changes nothing, other values revise it, and days,
-- credits and ledger change by the difference. Each reading has its own result.
--
-- The terms of billing (who pays, at which price, who reports for which source) are locked first, then new sources by
-- name, then the accounts by id. Two batches with readings of one user and day have the same account, so they run one
-- after the other, and each sees the windows of the one before.
create function record_usage(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'machine');
  v_client_id text := args #>> '{caller,sub}';
  v_given jsonb := args #> '{input,readings}';
  v_readings priced_reading[];
  v_foreign text[];
  v_accounts text[];
  v_stored record;
begin
  perform lock_billing_terms_shared();
  v_readings := price_readings(v_given, '{}');
  v_foreign := claim_sources(array(select distinct r.source from unnest(v_readings) r where r.rejection is null), v_client_id);
  if cardinality(v_foreign) > 0 then
    v_readings := price_readings(v_given, v_foreign);
  end if;
  v_accounts := array(select distinct r.account_owner_id from unnest(v_readings) r where r.rejection is null);
  perform lock_accounts(v_accounts);
  v_stored := store_batch(v_readings, v_client_id);
  perform post_entries(v_stored.changes);
  return jsonb_build_object(
    'results', v_stored.results,
    -- Also when nothing was new, so that a repeated batch gets the same answer.
    'exhausted_accounts', (
      select coalesce(jsonb_agg(uc.user_id order by uc.user_id), '[]')
      from public.user_credits uc
      where uc.user_id = any (v_accounts) and uc.state in ('exhausted', 'overdue')
    )
  );
end
$$;

-- functions/usage/src/set_rate.sql

-- Sets the prices from a day on. The past is never repriced: the day must lie ahead, or be one to which no price has
-- applied so far. Prices that are set already can be corrected until a day of usage refers to them, also when their day
-- has begun. The same prices again change nothing.
create function set_rate(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_effective_on date := v_input ->> 'effective_on';
  v_prices numeric[] := array[v_input ->> 'cpu_hour_usd', v_input ->> 'gpu_hour_usd', v_input ->> 'storage_gb_month_usd'];
  v_before jsonb;
  v_after jsonb;
  v_known app.usage_rates;
begin
  perform lock_billing_terms();
  select * into v_known from app.usage_rates where effective_on = v_effective_on;
  v_before := (select r.description from described_rates r where r.effective_on = v_effective_on);
  -- A repeated call finds its change made, whatever has been set since.
  if is_audited(args, 'rates.set', v_effective_on::text)
    or array[v_known.cpu_hour_usd, v_known.gpu_hour_usd, v_known.storage_gb_month_usd] = v_prices
  then
    return v_before;
  end if;
  perform require_unpriced(v_effective_on);
  insert into app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd, created_by)
  values (v_effective_on, v_prices[1], v_prices[2], v_prices[3], v_caller.id)
  on conflict (effective_on) do update
  set cpu_hour_usd = excluded.cpu_hour_usd,
      gpu_hour_usd = excluded.gpu_hour_usd,
      storage_gb_month_usd = excluded.storage_gb_month_usd,
      created_by = excluded.created_by,
      created_at = app.now();
  v_after := (select r.description from described_rates r where r.effective_on = v_effective_on);
  perform write_audit(args, 'rates.set', v_effective_on::text, v_before, v_after);
  return v_after;
end
$$;

-- Refuses prices that would change what a day of usage costs, or may cost. The caller holds the terms of billing, so no
-- usage is recorded meanwhile.
create function require_unpriced(p_effective_on date) returns void
language plpgsql stable
set search_path from current
as $$
declare
  -- The prices that apply from that day on, so far.
  v_known_on date := (select max(effective_on) from app.usage_rates where effective_on <= p_effective_on);
begin
  if (v_known_on < p_effective_on and p_effective_on <= (app.now() at time zone 'UTC')::date)
    -- Midnight may have passed while this call waited for the lock.
    or exists (
      select
      from public.usage_daily
      where rate_effective_on = v_known_on
        and date >= p_effective_on
        -- From then on the next prices apply.
        and date < coalesce(
          (select min(effective_on) from app.usage_rates where effective_on > p_effective_on), 'infinity'
        )
    )
  then
    raise exception using
      errcode = 'AP409',
      message = 'rate_has_begun',
      detail = 'Usage of this day has a price already, or prices for it have been announced, and the past is never repriced. '
        'Choose a day that lies ahead (UTC).';
  end if;
end
$$;

-- functions/usage/src/usage_groups.sql

-- What was used by day, by user or by project, or by two of these, and what it comes to. Costs are rounded to the
-- millionth of a dollar so that those of the groups add up to the total's. As in `find_usage`, what others have paid for
-- costs null. A range too large for one answer is refused, because a part of a bill would be taken for all of it.
create function group_usage(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_with_cost boolean,
  p_by text[]
) returns jsonb
language plpgsql stable
set search_path from current
as $$
declare
  c_most constant integer := 10000;
  c_most_days constant integer := 100000;
  c_most_bytes constant integer := 5000000;
  -- A millionth of a dollar in the scale of the costs.
  c_unit constant numeric := app.billing_month_seconds() / 1000000;
  v_groups jsonb;
  v_totals jsonb;
begin
  -- Each day's projects are looked up: so many that it would take too long are not begun with.
  if 'project' = any (p_by) and (
    select count(*)
    from (select from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) limit c_most_days + 1) few
  ) > c_most_days then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more groups than one answer holds. Ask for fewer days.';
  end if;
  with grouped as materialized (
    select g.*, row_number() over (order by g.date desc, g.user_id, g.project) as place
    from (
      select
        case when 'day' = any (p_by) then u.date end as date,
        case when 'user' = any (p_by) then u.user_id end as user_id,
        u.project,
        sum(u.cpu_hours) as cpu_hours,
        sum(u.gpu_hours) as gpu_hours,
        sum(u.storage_gb_seconds) as storage_gb_seconds,
        sum(u.scaled_cost_usd) as scaled_cost_usd
      from find_usage_of_projects(p_user_id, p_of_account, p_start, p_end, p_viewer, 'project' = any (p_by)) u
      group by 1, 2, 3
      -- Where projects used all of it, nothing is left for none.
      having u.project is distinct from ''
        or (sum(u.cpu_hours), sum(u.gpu_hours), sum(u.storage_gb_seconds), coalesce(sum(u.scaled_cost_usd), 0))
          <> (0, 0, 0, 0)
      limit c_most + 1
    ) g
  ),
  total as (
    select
      sum(g.cpu_hours) as cpu_hours,
      sum(g.gpu_hours) as gpu_hours,
      sum(g.storage_gb_seconds) as storage_gb_seconds,
      -- Nothing used costs nothing.
      case when count(*) = 0 then 0 else sum(g.scaled_cost_usd) end as scaled_cost_usd
    from grouped g
  ),
  cost as (
    select c.units / 1000000 as usd, c.place
    from total t
    cross join unnest(apportion(
      (select array_agg(g.scaled_cost_usd order by g.place) from grouped g),
      c_unit,
      -- As `describe_used` rounds the total.
      round(t.scaled_cost_usd / app.billing_month_seconds(), 6) * 1000000
    )) with ordinality c (units, place)
  )
  select
    (
      select coalesce(
        jsonb_agg(
          case when 'day' = any (p_by) then jsonb_build_object('date', g.date) else '{}' end
          || case
            when 'user' = any (p_by) then jsonb_build_object('user_id', g.user_id, 'name', u.name, 'email', u.email)
            else '{}'
          end
          || case when 'project' = any (p_by) then jsonb_build_object('project', g.project) else '{}' end
          || describe_used(g.cpu_hours, g.gpu_hours, g.storage_gb_seconds, null, false)
          || jsonb_build_object('cost_usd', case when p_with_cost then trim_scale(c.usd)::text end)
          order by g.place
        ),
        '[]'
      )
      from grouped g
      join cost c on c.place = g.place
      left join lateral (select * from public.users where id = g.user_id limit 1) u
        on p_viewer is null or u.id = p_user_id or u.account_owner_id = p_user_id
    ),
    (
      select describe_used(t.cpu_hours, t.gpu_hours, t.storage_gb_seconds, t.scaled_cost_usd, p_with_cost)
      from total t
    )
  into v_groups, v_totals;
  if jsonb_array_length(v_groups) > c_most or octet_length(v_groups::text) > c_most_bytes then
    raise exception using
      errcode = 'AP400',
      message = 'range_too_large',
      detail = 'start: there are more groups than one answer holds. Ask for fewer days.';
  end if;
  return jsonb_build_object('groups', v_groups, 'totals', v_totals);
end
$$;

-- The days that `find_usage` finds, if asked for by project: then what each project used of a day, and, without a project,
-- the day less that. So whatever is known of the projects, they add up to the day. What another system charged for a day is
-- no project's.
create function find_usage_of_projects(
  p_user_id text,
  p_of_account boolean,
  p_start date,
  p_end date,
  p_viewer text,
  p_by_project boolean,
  out user_id text,
  out date date,
  out project text,
  out cpu_hours numeric,
  out gpu_hours numeric,
  out storage_gb_seconds numeric,
  out scaled_cost_usd numeric
)
returns setof record
language plpgsql stable
set search_path from current
as $$
#variable_conflict use_column
begin
  return query
    select
      d.user_id,
      d.date,
      case when p_by_project then '' end,
      d.cpu_hours,
      d.gpu_hours,
      d.storage_gb_seconds,
      d.scaled_cost_usd
    from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) d;
  if p_by_project then
    return query
      with named as materialized (
        select
          d.user_id,
          d.date,
          k.project,
          k.cpu_hours,
          k.gpu_hours,
          k.storage_gb_seconds,
          -- Without a price nothing but what was charged is in the day.
          case when d.scaled_cost_usd is not null then coalesce(
            (k.cpu_hours * p.cpu_hour_usd + k.gpu_hours * p.gpu_hour_usd) * app.billing_month_seconds()
              + k.storage_gb_seconds * p.storage_gb_month_usd,
            0
          ) end as scaled_cost_usd
        from find_usage(p_user_id, p_of_account, p_start, p_end, p_viewer) d
        cross join lateral (
          select cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd
          from public.usage_daily
          where user_id = d.user_id and date between d.date and d.date
          order by date
          limit 1
        ) p
        cross join lateral (
          select * from app.usage_daily_projects where user_id = d.user_id and date = d.date and project <> '' order by project
        ) k
      )
      select n.user_id, n.date, n.project, n.cpu_hours, n.gpu_hours, n.storage_gb_seconds, n.scaled_cost_usd
      from named n
      union all
      select n.user_id, n.date, '', -n.cpu_hours, -n.gpu_hours, -n.storage_gb_seconds, -n.scaled_cost_usd
      from named n;
  end if;
end
$$;

-- functions/usage/src/usage_hour.sql

-- Hours of clusters: what was read, or why nothing was.
create view described_hours as
select
  h.hopsworks_cluster_id,
  h.hour,
  h.state,
  h.due_at,
  h.other_sources,
  jsonb_build_object(
    'cluster_id', h.hopsworks_cluster_id,
    'hour', h.hour,
    'state', h.state,
    'due_at', h.due_at,
    'attempts', h.attempts,
    'code', h.error_code,
    'detail', h.error_detail,
    'collected_at', h.collected_at,
    'revised_at', h.revised_at,
    'namespaces', h.namespaces,
    'cpu_hours', trim_scale(h.cpu_hours)::text,
    'gpu_hours', trim_scale(h.gpu_hours)::text,
    'storage_gb', trim_scale(h.storage_gb)::text,
    'accepted_by', h.accepted_by,
    'other_sources', h.other_sources
  ) as description
from app.usage_coverage h;

-- Answers what is known of an hour, and holds it until the call ends.
create function lock_hour(p_cluster_id uuid, p_hour timestamptz) returns app.usage_coverage
language plpgsql
set search_path from current
as $$
declare
  v_known app.usage_coverage;
begin
  select * into v_known
  from app.usage_coverage
  where hopsworks_cluster_id = p_cluster_id and hour = p_hour
  for no key update;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'hour_unknown',
      detail = 'Nothing is known of this hour: it is not over for long enough, or lies before the first one to be read. '
        'GET /api/admin/usage-coverage lists those that are known.';
  end if;
  return v_known;
end
$$;

-- functions/usage/src/usage_source.sql

-- Sources of readings, each with the machine that it belongs to.
create view described_sources as
select
  s.source,
  jsonb_build_object('source', s.source, 'client_id', s.client_id, 'first_used_at', s.first_used_at) as description
from app.usage_sources s;
