-- Records credits that an account owner has paid for. A repeated call, with the same key and body, finds its entry.
create function record_purchase(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'machine', 'admin');
  v_input jsonb := args -> 'input';
  v_account public.users;
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_user(v_input ->> 'user_id');
  select * into v_account from public.users where id = v_input ->> 'user_id';
  if v_account.status = 'deleted' then
    raise exception using
      errcode = 'AP409',
      message = 'user_deleted',
      detail = 'This account has been deleted and buys nothing. Return the payment.';
  end if;
  if v_account.account_owner_id is not null then
    raise exception using
      errcode = 'AP409',
      message = 'user_is_member',
      detail = format('This user belongs to the account of %s, which pays for them. Record it there.', v_account.account_owner_id);
  end if;
  perform lock_account_to_credit(v_account.id);
  return write_entry(args, 'purchase', (v_input ->> 'amount')::numeric, null);
end
$$;
