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
