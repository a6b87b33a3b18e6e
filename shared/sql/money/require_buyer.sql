-- Refuses whoever has no account that buys.
create function require_buyer(p_user_id text) returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_user public.users;
begin
  perform require_user(p_user_id);
  select * into v_user from public.users where id between p_user_id and p_user_id order by id limit 1;
  if v_user.status = 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This account has been deleted and buys nothing. Return the payment.';
  end if;
  if v_user.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'user_is_member',
      detail = format('This user belongs to the account of %s, which pays for them. Record it there.', v_user.account_owner_id);
  end if;
end
$$;
