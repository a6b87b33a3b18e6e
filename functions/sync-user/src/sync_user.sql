-- A login: stores the profile, counts the login once, gives the user a seat or a place in the queue, and answers where
-- the user works.
--
-- A signed event carries a `webhook_id` and counts as a login the first time it is seen. A call with a bearer token
-- carries none and counts only when it creates the user. The profile of the newest event is kept, whatever the order of
-- arrival. A new user whose address belongs to another identity is refused. An existing user keeps the old address in
-- that case, and the answer says so. An address that is not verified is not reserved: an identity that has verified it
-- takes it over.
create function sync_user(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_login jsonb := args -> 'input';
  v_user_id text := v_login ->> 'user_id';
  v_seated boolean := exists (select from public.user_hopsworks_assignments where user_id = v_user_id);
  v_created boolean := false;
  v_replayed boolean := false;
  v_profile text;
  v_user public.users;
begin
  if not v_seated then
    perform lock_seats();
  end if;
  if not exists (select from public.users where id = v_user_id) then
    v_created := create_user(v_login);
  end if;
  select * into strict v_user from public.users where id = v_user_id for no key update;
  perform require_active(v_user);
  if v_seated and not exists (select from public.user_hopsworks_assignments where user_id = v_user_id) then
    -- The seat was taken away just now. The seat lock would have to be taken before the row's: begin again.
    raise exception using errcode = 'serialization_failure', message = 'the seat was taken away during the login';
  end if;

  if v_login ->> 'webhook_id' is not null then
    v_replayed := not count_login(v_login);
  end if;
  v_profile := case
    when v_created then 'stored'
    when v_replayed then 'unchanged'
    else store_profile(v_user, v_login)
  end;

  if not v_seated then
    perform place_user(v_user_id);
  end if;
  return describe_user(v_user_id)
    || jsonb_build_object('created', v_created, 'replayed', v_replayed, 'profile', v_profile);
end
$$;

-- Creates the user, the account and its history. Answers false when another call has just done so.
create function create_user(p_login jsonb) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_at timestamptz := p_login ->> 'logged_in_at';
  v_constraint text;
begin
  perform release_unverified_email(p_login);
  insert into public.users (id, email, email_verified, name, profile_at, last_login_at, login_count)
  values (
    p_login ->> 'user_id',
    p_login ->> 'email',
    says_verified(p_login),
    p_login ->> 'name',
    v_at,
    v_at,
    case when p_login ->> 'webhook_id' is null then 1 else 0 end
  )
  on conflict (id) do nothing;
  if not found then
    return false;
  end if;
  insert into public.user_credits (user_id) values (p_login ->> 'user_id');
  insert into app.account_memberships (user_id, effective_on, account_owner_id)
  values (p_login ->> 'user_id', '-infinity', p_login ->> 'user_id');
  return true;
exception
  when unique_violation then
    get stacked diagnostics v_constraint = constraint_name;
    if v_constraint <> 'users_email_key' then
      raise;
    end if;
    raise exception using
      errcode = 'AP409',
      message = 'email_in_use',
      detail = 'Another account uses this e-mail address. Sign in the way you did before, or use another address.';
end
$$;

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
  where lower(email) = lower(v_email) and status <> 'deleted' and not email_verified and id <> v_user_id
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

-- Counts a signed login once per `webhook-id`. Answers false when it has been counted before.
create function count_login(p_login jsonb) returns boolean
language plpgsql
set search_path from current
as $$
declare
  v_user_id text := p_login ->> 'user_id';
  v_at timestamptz := p_login ->> 'logged_in_at';
begin
  insert into app.login_events (webhook_id, user_id, logged_in_at)
  values (p_login ->> 'webhook_id', v_user_id, v_at)
  on conflict (webhook_id) do nothing;
  if found then
    update public.users
    set login_count = login_count + 1, last_login_at = greatest(last_login_at, v_at)
    where id = v_user_id;
    return true;
  end if;
  if not exists (
    select from app.login_events where webhook_id = p_login ->> 'webhook_id' and user_id = v_user_id
  ) then
    raise exception using
      errcode = 'AP409',
      message = 'webhook_id_reused',
      detail = 'This webhook-id came with another user before. Every login needs its own.';
  end if;
  return false;
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
  -- Only the old address was verified, so a new one is not unless the event says so.
  v_email_verified boolean := case
    when p_login ->> 'email' is null or (v_email = p_user.email and p_login ->> 'email_verified' is null)
      then p_user.email_verified
    else says_verified(p_login)
  end;
  v_changed boolean := (v_email, v_email_verified, v_name)
    is distinct from (p_user.email, p_user.email_verified, p_user.name);
begin
  if v_at < p_user.profile_at then
    return 'outdated';
  end if;
  if not v_changed and v_at = p_user.profile_at then
    return 'unchanged';
  end if;
  if lower(v_email) is distinct from lower(p_user.email) then
    perform release_unverified_email(p_login);
  end if;
  begin
    update public.users
    set email = v_email, email_verified = v_email_verified, name = v_name, profile_at = v_at
    where id = p_user.id;
    return case when v_changed then 'stored' else 'unchanged' end;
  exception
    when unique_violation then
      update public.users set name = v_name, profile_at = v_at where id = p_user.id;
      return 'email_in_use';
  end;
end
$$;
