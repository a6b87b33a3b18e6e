-- Ends what a person had to decide: a payment is credited to the account that they name, with what has been taken back of
-- it, or it is dealt with in another way. Only what is parked is resolved, and once.
create function resolve_parked_payment(args jsonb) returns json
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_id uuid := v_input ->> 'id';
  v_payment app.stripe_payments;
begin
  select * into v_payment from app.stripe_payments where id between v_id and v_id order by id limit 1;
  if not found then
    raise exception using
      errcode = 'AP404',
      message = 'payment_unknown',
      detail = 'There is no payment of this id. GET /api/admin/parked-payments lists them.';
  end if;
  perform lock_payment(coalesce(v_payment.payment_intent, v_payment.stripe_id));
  v_payment := find_stripe_payment(v_payment.stripe_id);
  if v_payment.state = 'parked' then
    if (v_input ->> 'returned')::boolean then
      update app.stripe_payments set state = 'returned', resolved_at = app.now() where id = v_id;
      perform write_audit(args, 'payments.return', v_payment.stripe_id, null, jsonb_build_object(
        'reason', v_input ->> 'reason', 'parked_as', v_payment.reason
      ));
    else
      perform credit_parked_payment(args, v_payment);
    end if;
    if v_payment.kind = 'payment' then
      perform settle_returned(args, v_payment.stripe_id);
    end if;
  elsif not is_audited(args, 'payments.return', v_payment.stripe_id)
    and not is_audited(args, 'credits.purchase', v_input ->> 'user_id')
  then
    raise exception using
      errcode = 'AP409',
      message = 'payment_not_parked',
      detail = format('This is %s already: there is nothing to decide about it.', v_payment.state);
  end if;
  return json_build_object(
    'payment', describe_stripe_payment(find_stripe_payment(v_payment.stripe_id)),
    'parked', count_parked_payments()
  );
end
$$;

-- Credits a parked payment to an account that buys, as `record_purchase` would.
create function credit_parked_payment(args jsonb, p_payment app.stripe_payments) returns void
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_account_owner_id text := v_input ->> 'user_id';
  v_credits numeric := coalesce(
    (v_input ->> 'credits')::numeric,
    case when p_payment.currency = 'usd' then (p_payment.amount_minor - p_payment.tax_minor)::numeric / 100 end
  );
  v_key text := payment_key(p_payment.stripe_id);
  v_entry app.credit_transactions := find_entry(v_key);
  v_seq bigint;
begin
  perform require_buyer(v_account_owner_id);
  if p_payment.kind <> 'payment' then
    raise exception using
      errcode = 'AP409',
      message = 'refund_not_creditable',
      detail = 'This is no payment. Correct the account by POST /api/credits/adjustments if it needs that, and resolve this '
        'with "returned": true.';
  end if;
  if coalesce(v_credits, 0) <= 0 then
    raise exception using
      errcode = 'AP409',
      message = 'credits_missing',
      detail = 'What this payment is worth cannot be computed from it. Say in `credits` how much the account gets.';
  end if;
  if v_entry.seq is not null then
    raise exception using
      errcode = 'AP409',
      message = 'payment_already_recorded',
      detail = format(
        'The ledger of %s has this payment already, recorded in another way. Correct that by adjustments, and resolve this '
          'with "returned": true.',
        v_entry.account_owner_id
      );
  end if;
  perform lock_account_to_credit(v_account_owner_id);
  v_seq := post_payment(
    args, v_account_owner_id, p_payment.stripe_id, v_credits, v_input ->> 'reason', digest_of(v_key)
  );
  update app.stripe_payments
  set state = 'recorded',
      resolved_at = app.now(),
      account_owner_id = v_account_owner_id,
      seq = v_seq,
      credits = v_credits
  where id = p_payment.id;
end
$$;
