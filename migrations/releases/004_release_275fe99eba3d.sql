-- shared/sql/accounts/authorize.sql

-- Who may call an endpoint: it says so itself, in the kinds that it passes to `authorize`. What `caller.must_be` says
-- comes from outside, so it opens no door: it says whom the token was taken for, and is compared with these kinds.

-- Answers the calling user, whose token has been checked before. The user must exist, be active, and be what the
-- endpoint asks for: `user` (anybody), `owner` or `admin`. A `machine` and the `schedule` are no users, and are answered
-- with null: what a machine may do stands in its token and has been checked there.
create function authorize(args jsonb, variadic p_kinds text[]) returns public.users
language plpgsql stable
set search_path from current
as $$
declare
  v_kind text := require_kind(args, p_kinds);
  v_id text := args #>> '{caller,sub}';
  v_user public.users;
begin
  if v_kind in ('machine', 'schedule') then
    return null;
  end if;
  select * into v_user from public.users where id between v_id and v_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP403',
      message = 'account_unknown',
      detail = 'No account belongs to this sign-in yet. Call POST /api/auth/me with this token first.';
  end if;
  perform require_active(v_user);

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

-- Answers what the caller was taken for, which must be one of these kinds. A machine has a name: it stands beside what
-- it writes. A refusal has no message for a caller: Rust calls as nothing else, so it is a bug of ours, or somebody has
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
    when 'user', 'owner', 'admin', 'schedule' then
      null;
    when 'machine' then
      if coalesce(btrim(args #>> '{caller,sub}'), '') = '' then
        raise exception using errcode = 'insufficient_privilege', message = 'a machine without a name calls nothing';
      end if;
    else
      raise exception using errcode = 'insufficient_privilege', message = format('there are no callers of kind %s', v_kind);
  end case;
  return v_kind;
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
      'instance', u.instance
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
  place.assignment,
  place.instance,
  jsonb_build_object(
    'id', u.id,
    'email', u.email,
    'email_verified', u.email_verified,
    'name', u.name,
    'status', u.status,
    'is_admin', u.is_admin,
    'login_count', u.login_count,
    'last_login_at', u.last_login_at,
    'created_at', u.created_at,
    'metadata', u.metadata,
    'account_owner_id', u.account_owner_id,
    'owner', case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name, 'email', o.email) end,
    'assignment', place.assignment,
    'waiting_since', u.waiting_since,
    'instance', place.instance,
    'credits', case
      when u.account_owner_id is null and uc.id is not null then describe_totals(uc)
    end
  ) as description
from public.users u
left join public.users o on o.id = u.account_owner_id
left join public.user_hopsworks_assignments a on a.user_id = u.id
left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
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
    end as instance
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

-- shared/sql/accounts/set_user_status.sql

-- Suspends, reactivates or deletes a user, with everything that follows from it. The caller holds `lock_seats()`
-- and calls `place_waiting()` afterwards.
--
-- Suspending keeps the seat and stops the instance. Suspending an owner suspends the active members too, and
-- reactivating the owner brings back those members. Deleting frees the seat and withdraws open invites, and a trigger
-- (`end_deployments`) ends the deployments with their keys. An owner with members cannot be deleted, because the members
-- would belong to nobody.
create function set_user_status(p_user_id text, p_status text) returns void
language plpgsql
set search_path from current
as $$
declare
  -- The user and the members, each by an index of their own.
  v_team text[] := array(
    select id from public.users where id = p_user_id
    union
    select id from public.users where account_owner_id = p_user_id
  );
  v_affected text[];
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
    set status = 'deleted', suspended_with_owner = false, waiting_since = null, deleted_at = app.now()
    where id = p_user_id and status <> 'deleted';
    update public.instances set status = 'deleted', deleted_at = app.now() where user_id = p_user_id and status <> 'deleted';
    update public.team_invites
    set withdrawn_at = app.now()
    where account_owner_id = p_user_id and accepted_at is null and withdrawn_at is null;
    return;
  end if;

  if p_status = 'suspended' then
    with changed as (
      update public.users
      set status = 'suspended', waiting_since = null, suspended_with_owner = (id <> p_user_id)
      where id = any (v_team) and (status = 'active') is true
      returning id
    )
    select array_agg(id) into v_affected from changed;
    -- A member who was suspended with the owner now has a suspension of their own, and no longer comes back with the
    -- owner.
    update public.users set suspended_with_owner = false where id = p_user_id and suspended_with_owner;
    update public.instances set status = 'stopped' where user_id = any (v_affected) and status in ('provisioning', 'active');
    return;
  end if;

  with changed as (
    update public.users
    set status = 'active', suspended_with_owner = false
    where id = any (v_team) and (status = 'suspended') is true and (id = p_user_id or suspended_with_owner)
    returning id
  )
  select array_agg(id) into v_affected from changed;
  update public.instances i
  set status = 'active', activated_at = coalesce(i.activated_at, app.now())
  where i.user_id = any (v_affected)
    and (select a.id from public.user_hopsworks_assignments a where a.user_id = i.user_id) is not null;
  perform enqueue_for_seat(u.id)
  from unnest(v_affected) as u (id)
  where (select a.id from public.user_hopsworks_assignments a where a.user_id = u.id) is null;
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

-- shared/sql/money/credit_change.sql

-- A change of an account's credits: an amount of money, or what was used.
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
  actor text collate "C"
);

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

-- shared/sql/money/post_entries.sql

-- The only writer of the ledger. It changes each account's credits and adds the entry for it, in one statement. The
-- caller holds `lock_accounts()` and names each account once.
--
-- A change by usage carries what was used and its exact cost. The account is charged the rounded sum of all its costs
-- less what it was charged before, so the error never exceeds half a cent. Where the difference is zero there is no
-- entry.
create function post_entries(p_changes credit_change[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
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

-- shared/sql/write_audit.sql

-- Adds an administrator's change, or money that a machine writes, to the audit log, in the transaction that makes it.
-- Secrets are left out.
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
begin
  insert into app.audit_log (actor, action, target, before, after, request_id)
  values (args #>> '{caller,sub}', p_action, p_target, p_before, p_after, args #>> '{caller,request_id}');
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
    from app.audit_log
    where target = p_target
      -- By the target's index: an actor and an action have more entries.
      and (action = p_action and actor = args #>> '{caller,sub}') is true
      and request_id = args #>> '{caller,request_id}'
  );
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
        'before', l.before,
        'after', l.after,
        'request_id', l.request_id,
        'created_at', l.created_at
      )
      from app.audit_log l
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
      'deleted_at', u.deleted_at
    )
    from unnest(p_user_ids) with ordinality as w (id, place)
    cross join lateral (select * from public.users where id = w.id limit 1) u
    left join lateral (select * from public.users where id = u.account_owner_id limit 1) o on true
    left join lateral (select * from public.user_hopsworks_assignments where user_id = u.id limit 1) a on true
    left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id
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
-- the queue and credits do not change it: otherwise they would make an administrator's change fail for no reason.
create function user_etag(p_user_id text) returns text
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select '"' || md5(jsonb_build_array(
      u.id, u.email, u.email_verified, u.name, u.status, u.suspended_with_owner, u.is_admin, u.account_owner_id, u.metadata
    )::text) || '"'
    from public.users u
    where u.id = p_user_id
  );
end
$$;

-- functions/admin-users/src/update_user.sql

-- Changes a user: name, status with everything that follows from it, rights, metadata. Calls run one after the other,
-- so that of two administrators who demote each other one remains.
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
  update public.users u
  set name = n.name, is_admin = n.is_admin, metadata = n.metadata
  from (
    select
      case when v_changes ? 'name' then v_changes ->> 'name' else v_user.name end as name,
      coalesce((v_changes ->> 'is_admin')::boolean, v_user.is_admin) as is_admin,
      merge_metadata(v_user.metadata, v_changes -> 'metadata') as metadata
  ) n
  where u.id = v_id and (u.name, u.is_admin, u.metadata) is distinct from (n.name, n.is_admin, n.metadata);
  if v_changes ->> 'status' <> v_user.status or v_user.suspended_with_owner and v_changes ->> 'status' = 'suspended' then
    perform set_user_status(v_id, v_changes ->> 'status');
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

-- Refuses to change deleted users, and to reactivate a member before the owner.
create function require_changeable(p_user public.users, p_status text) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if p_user.status = 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This user has been deleted and cannot be changed any more.';
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
end
$$;

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
    'metadata', c.metadata,
    'created_at', c.created_at,
    'updated_at', c.updated_at
  ) as description
from public.hopsworks_clusters c;

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
  perform place_waiting();
  v_after := (select c.description from described_hopsworks_clusters c where c.id = v_id);
  perform write_audit(
    args,
    'hopsworks_clusters.update',
    v_id::text,
    v_before,
    v_after || case when v_changes ? 'api_key' then '{"api_key": "[changed]"}'::jsonb else '{}' end
  );
  return v_after;
end
$$;

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
  perform lock_accounts(array[v_input ->> 'user_id']);
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

-- functions/credits/src/entry.sql

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
-- with it. The caller holds the account's lock. It is audited, whoever writes it.
create function write_entry(args jsonb, p_kind text, p_amount numeric, p_refunded_seq bigint)
returns jsonb
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_account_owner_id text := v_input ->> 'user_id';
  v_before jsonb := describe_credits(v_account_owner_id);
  v_entry described_entries;
begin
  perform post_entries(array[row(
    v_account_owner_id, p_kind, p_amount, null, null, null, null, v_input ->> 'reference', v_input ->> 'reason',
    p_refunded_seq, v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'), args #>> '{caller,sub}'
  )::credit_change]);
  select e.* into strict v_entry
  from public.user_credits uc
  join described_entries e on e.account_owner_id = uc.user_id and e.seq = uc.last_seq
  where uc.user_id = v_account_owner_id;
  perform write_audit(
    args,
    'credits.' || p_kind,
    v_account_owner_id,
    v_before,
    describe_credits(v_account_owner_id) || jsonb_build_object('entry_id', v_entry.id)
  );
  return jsonb_build_object('entry', v_entry.description, 'replayed', false);
end
$$;

-- functions/credits/src/get_credits.sql

-- An account's credits: the balance, what was bought and used, and how long the balance lasts at the pace of the last
-- seven days (UTC, with today), or of fewer if the account is younger.
create function get_credits(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user');
  v_account_owner_id text := require_account(v_caller, args #>> '{input,user_id}');
begin
  return describe_credits(v_account_owner_id);
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
  v_caller public.users := authorize(args, 'user');
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
  v_account public.users;
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_user(v_input ->> 'user_id');
  select * into v_account from public.users where id = v_input ->> 'user_id';
  if v_account.status = 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This account has been deleted and buys nothing. Return the payment.';
  end if;
  if v_account.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'user_is_member',
      detail = format('This user belongs to the account of %s, which pays for them. Record it there.', v_account.account_owner_id);
  end if;
  perform lock_accounts(array[v_account.id]);
  return write_entry(args, 'purchase', (v_input ->> 'amount')::numeric, null);
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
  v_user public.users := authorize(args, 'user');
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
-- the user works.
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
    perform require_active(v_user);
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
  elsif v_user.waiting_since is null
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
  update public.users set suspended_with_owner = false where id = v_member.id and suspended_with_owner;
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

-- functions/upkeep/src/forget_ended.sql

-- Deletes what ended more than thirty days ago and is no longer shown or needed: deleted deployments, and invites,
-- whatever became of them. (Who is a member, and since when, stands in the history of memberships.) It deletes the
-- oldest ten thousand of each, where they are stored, and answers how many.
create function forget_ended(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_deployments integer;
  v_invites integer;
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
  return jsonb_build_object('forgotten', v_deployments + v_invites);
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
-- by day and by member. An account's usage is what it paid for on each day, whoever belongs to the team now.
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
  v_caller public.users := authorize(args, 'user');
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
begin
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

-- functions/usage/src/list_rates.sql

-- A page of the prices, the latest day first.
create function list_rates(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after date := args #>> '{input,after,effective_on}';
begin
  return page(
    v_limit,
    array(
      select r.description::json
      from described_rates r
      where v_after is null or r.effective_on < v_after
      order by r.effective_on desc
      limit v_limit + 1
    ),
    array['effective_on']
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

-- functions/usage/src/priced_reading.sql

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
  v_stored := store_readings(v_readings, v_client_id, '{}');
  if v_stored.waiting is not null then
    v_stored := store_in_turn(
      v_readings, v_client_id, v_stored.waiting, v_stored.turns, v_stored.results, v_stored.changes
    );
  end if;
  perform post_entries(v_stored.changes);
  return jsonb_build_object(
    'results', v_stored.results,
    -- Also when nothing was new, so that a repeated batch gets the same answer.
    'exhausted_accounts', (
      select coalesce(jsonb_agg(uc.user_id order by uc.user_id), '[]')
      from public.user_credits uc
      where uc.user_id = any (v_accounts) and uc.balance <= 0
    )
  );
end
$$;

-- Answers for each reading why it is refused, or who pays for it and at which price. A day that has usage keeps its
-- payer and price. A new day gets them from the history of memberships and from the rates. Readings of `p_foreign`
-- sources are refused, which belong to other clients.
--
-- A day that was taken over keeps its payer too. What it had been charged is in it already, so windows that begin before
-- that moment are refused; what comes later on such a day gets the price of the day.
--
-- A deleted user's usage is billed up to the deletion, whenever it is reported: a window counts if it began before.
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
          when g.window_start >= u.deleted_at then 'user_deleted'
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

-- functions/usage/src/store_in_turn.sql

-- Stores readings that depend on each other in the order of their batch: each is compared with what those before it have
-- left. Those that do not depend on each other have the same turn. Of several good ones with one key the first counts;
-- the same again is `unchanged`, and another is refused. Results and changes are added to those of the others.
create function store_in_turn(
  p_readings priced_reading[],
  p_client_id text,
  p_waiting integer[],
  p_turns integer[],
  inout results jsonb,
  inout changes credit_change[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_turn priced_reading[];
  v_stored record;
  v_taken text[] := '{}';
begin
  for v_turn in
    select array_agg(r)
    from unnest(p_readings) r
    join unnest(p_waiting, p_turns) as w (index, turn) on w.index = r.index
    group by w.turn
    order by w.turn
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
        null, null, null, null, p_actor
      )::credit_change
    )
    from (
      select
        c.account_owner_id,
        sum(c.cpu_hours) as cpu_hours,
        sum(c.gpu_hours) as gpu_hours,
        sum(c.storage_gb_seconds) as storage_gb_seconds,
        sum(c.scaled_cost_usd) as scaled_cost_usd,
        min(split_part(c.reference, '/', 1)) as first_day,
        max(split_part(c.reference, '/', -1)) as last_day
      from unnest(p_changes) c
      group by c.account_owner_id
    ) a
  );
end
$$;

-- functions/usage/src/store_readings.sql

-- Stores readings that have a payer and a price, changes their days by the difference to what was known, and answers
-- each reading's result and each account's change of credits. The caller holds the locks of the terms and of the
-- accounts.
--
-- Windows of one source, user and project do not overlap: a reading that would is rejected. One that was taken back,
-- with zeros for values, is in nobody's way. A window is compared with the next one that is stored: those that are stored
-- do not overlap, so there is no other that could be in the way.
--
-- Readings of the batch whose windows overlap each other, as they are stored or as they are to be, depend on each other:
-- nothing of them is stored yet, but they are answered as `waiting`, each with its turn. `p_taken` has the keys of those
-- of the batch that count already.
create function store_readings(
  p_readings priced_reading[],
  p_client_id text,
  p_taken text[],
  out results jsonb,
  out changes credit_change[],
  out waiting integer[],
  out turns integer[]
)
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_all_known boolean;
begin
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
  moved as materialized (
    select
      r.user_id,
      r.date,
      r.account_owner_id,
      r.rate_effective_on,
      r.cpu_hour_usd,
      r.gpu_hour_usd,
      r.storage_gb_month_usd,
      sum(r.more_cpu_hours) as cpu_hours,
      sum(r.more_gpu_hours) as gpu_hours,
      sum(r.more_storage_gb_seconds) as storage_gb_seconds
    from reading r
    where r.outcome in ('created', 'revised')
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
  account as (
    select
      m.account_owner_id,
      sum(m.cpu_hours) as cpu_hours,
      sum(m.gpu_hours) as gpu_hours,
      sum(m.storage_gb_seconds) as storage_gb_seconds,
      sum(
        (m.cpu_hours * m.cpu_hour_usd + m.gpu_hours * m.gpu_hour_usd) * app.billing_month_seconds()
          + m.storage_gb_seconds * m.storage_gb_month_usd
      ) as scaled_cost_usd,
      -- The days as the ledger's reference: one day, or first/last.
      case when min(m.date) = max(m.date) then min(m.date)::text else min(m.date) || '/' || max(m.date) end as days
    from moved m
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
          a.days, null, null, null, null, p_client_id
        )::credit_change
      )
      from account a
    ),
    w.indexes,
    w.turns,
    (select count(*) from day m where m.place is not null) = (select count(*) from known_day)
  into results, changes, waiting, turns, v_all_known
  from (
    select array_agg(t.index order by t.index) as indexes, array_agg(t.turn order by t.index) as turns
    from (
      select
        c.index,
        row_number() over (partition by c.user_id, c.source, c.project, c.cluster order by c.index)::integer as turn
      from (
        -- Those that depend on each other, and on no others, are a cluster.
        select
          r.*,
          count(*) filter (where r.earlier_end is null or r.window_start >= r.earlier_end) over (
            partition by r.user_id, r.source, r.project order by r.window_start, r.index
          ) as cluster
        from reading r
        where r.outcome = 'waits'
      ) c
    ) t
  ) w;
  if not v_all_known then
    raise exception using errcode = 'serialization_failure', message = 'a day was edited by hand meanwhile';
  end if;
end
$$;

-- functions/usage/src/usage_source.sql

-- Sources of readings, each with the machine that it belongs to.
create view described_sources as
select
  s.source,
  jsonb_build_object('source', s.source, 'client_id', s.client_id, 'first_used_at', s.first_used_at) as description
from app.usage_sources s;
