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
