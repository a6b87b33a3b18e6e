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
