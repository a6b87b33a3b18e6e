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
  v_seated boolean := exists (select from public.user_hopsworks_assignments where user_id = v_user_id);
  v_created boolean;
  v_replayed boolean := false;
  v_profile text;
  v_user public.users;
begin
  if not v_seated then
    perform lock_seats();
  end if;
  if not exists (select from public.users where id = v_user_id) then
    perform create_user(v_login);
  end if;
  select * into strict v_user from public.users where id = v_user_id for no key update;
  perform require_active(v_user);
  if v_seated and not exists (select from public.user_hopsworks_assignments where user_id = v_user_id) then
    -- The seat was taken away just now. The seat lock would have to be taken before the row's: begin again.
    raise exception using errcode = 'serialization_failure', message = 'the seat was taken away during the login';
  end if;

  v_created := was_created_by(v_login);
  if v_login ->> 'webhook_id' is not null then
    v_replayed := not count_login(v_login);
  end if;
  v_profile := case
    when v_created and v_user.email is distinct from v_login ->> 'email' then 'email_in_use'
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
  v_email text := free_email(p_login);
begin
  insert into public.users (id, email, email_verified, name, profile_at, last_login_at, login_count)
  values (
    p_login ->> 'user_id',
    v_email,
    v_email is not null and says_verified(p_login),
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
  insert into app.account_memberships (user_id, effective_on, account_owner_id, request_id)
  values (p_login ->> 'user_id', '-infinity', p_login ->> 'user_id', p_login ->> 'request_id');
  return true;
exception
  when unique_violation then
    raise exception using errcode = 'serialization_failure', message = 'the address was taken during the login';
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
  v_user_id text := p_login ->> 'user_id';
  v_at timestamptz := p_login ->> 'logged_in_at';
  v_counted app.login_events;
begin
  insert into app.login_events (webhook_id, user_id, logged_in_at, request_id)
  values (p_login ->> 'webhook_id', v_user_id, v_at, p_login ->> 'request_id')
  on conflict (webhook_id) do nothing;
  if found then
    update public.users
    set login_count = login_count + 1, last_login_at = greatest(last_login_at, v_at)
    where id = v_user_id;
    return true;
  end if;
  select * into strict v_counted from app.login_events where webhook_id = p_login ->> 'webhook_id';
  if v_counted.user_id <> v_user_id then
    raise exception using
      errcode = 'AP409',
      message = 'webhook_id_reused',
      detail = 'This webhook-id came with another user before. Every login needs its own.';
  end if;
  return coalesce(v_counted.request_id = p_login ->> 'request_id', false);
end
$$;
