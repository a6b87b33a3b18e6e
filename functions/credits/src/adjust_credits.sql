-- Corrects an account's credits by a signed amount, with a reason. With `refund_of` it returns a purchase of the
-- account, in part or whole, but never more than was paid.
create function adjust_credits(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_amount numeric := v_input ->> 'amount';
  v_answer jsonb := find_replay(v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'));
  v_refunded_seq bigint;
begin
  if v_answer is not null then
    return v_answer;
  end if;
  perform require_user(v_input ->> 'user_id');
  perform lock_account_to_credit(v_input ->> 'user_id');
  if v_input ->> 'refund_of' is null then
    return write_entry(args, 'adjustment', v_amount, null);
  end if;
  v_refunded_seq := require_refundable(v_input ->> 'user_id', (v_input ->> 'refund_of')::uuid, -v_amount);
  return write_entry(args, 'refund', v_amount, v_refunded_seq);
end
$$;

-- Answers the entry of the purchase that is to be returned. It must be one of this account, and that much must be left
-- of it.
create function require_refundable(p_account_owner_id text, p_purchase_id uuid, p_amount numeric)
returns bigint
language plpgsql stable
set search_path from current
as $$
declare
  v_purchase app.credit_transactions;
  v_left numeric;
begin
  select * into v_purchase
  from app.credit_transactions
  where id = p_purchase_id and account_owner_id = p_account_owner_id and kind = 'purchase';
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'purchase_unknown',
      detail = 'This account has no purchase of this id. GET /api/credits/transactions lists them.';
  end if;
  select v_purchase.amount + coalesce(sum(r.amount), 0)
  into v_left
  from app.credit_transactions r
  where r.account_owner_id = p_account_owner_id and r.refunded_seq = v_purchase.seq;
  if p_amount > v_left then
    raise exception using
      errcode = 'AP409',
      message = 'refund_exceeds_purchase',
      detail = format('Of this purchase %s is left to return. Return that much or less.', v_left);
  end if;
  return v_purchase.seq;
end
$$;
