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
