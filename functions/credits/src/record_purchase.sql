-- Records credits that an account owner has paid for. A repeated call, with the same key and body, finds its entry.
create function record_purchase(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'machine', 'admin');
  v_input jsonb := args -> 'input';
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_buyer(v_input ->> 'user_id');
  perform lock_account_to_credit(v_input ->> 'user_id');
  return write_entry(args, 'purchase', (v_input ->> 'amount')::numeric, null);
end
$$;
