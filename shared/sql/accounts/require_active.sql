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
