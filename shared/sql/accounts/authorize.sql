-- Answers the calling user, whose token has been checked before. The user must exist, be active, and be what the
-- endpoint asks for in `caller.must_be`: `user`, `owner` or `admin`. A `machine` is not a user: its permission stands
-- in its token and has been checked there.
create function authorize(args jsonb) returns public.users
language plpgsql stable
set search_path from current
as $$
declare
  v_must_be text := args #>> '{caller,must_be}';
  v_user public.users;
begin
  if v_must_be = 'machine' then
    return null;
  end if;
  select * into v_user from public.users where id = args #>> '{caller,sub}';
  if not found then
    raise exception using
      errcode = 'AP403',
      message = 'account_unknown',
      detail = 'No account belongs to this sign-in yet. Call POST /api/auth/me with this token first.';
  end if;
  perform require_active(v_user);

  if v_must_be = 'admin' and not v_user.is_admin then
    raise exception using
      errcode = 'AP403',
      message = 'admin_only',
      detail = 'Only an administrator may do this. Ask one to do it.';
  end if;
  if v_must_be = 'owner' and v_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP403',
      message = 'account_owner_only',
      detail = 'Only the owner of the account may do this. Ask them to do it.';
  end if;
  return v_user;
end
$$;
