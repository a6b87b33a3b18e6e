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
