-- Records what an event of Stripe's says of a payment, a refund or a dispute. Events of one payment take turns, whatever
-- they are about; each thing is recorded once, however many events tell of it, and their order decides nothing.
create function record_stripe_event(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'processor');
  v_input jsonb := args -> 'input';
  v_outcome text;
begin
  perform lock_payment(coalesce(v_input ->> 'payment_intent', v_input ->> 'stripe_id'));
  v_outcome := case
    when v_input ->> 'kind' = 'payment' then record_payment(args)
    else record_returned(args)
  end;
  return jsonb_build_object('outcome', v_outcome, 'parked', count_parked_payments());
end
$$;

-- Records a payment: credits the account that its checkout named, or parks it. What was taken back of it before is taken
-- from the account now.
create function record_payment(args jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_entry app.credit_transactions := find_entry(payment_key(v_input ->> 'stripe_id'));
  v_payment app.stripe_payments := find_stripe_payment(v_input ->> 'stripe_id');
  v_credits numeric := round(((v_input ->> 'amount_minor')::numeric - (v_input ->> 'tax_minor')::numeric) / 100, 2);
  v_reason text := reason_to_park(v_input, v_entry, v_credits);
begin
  if v_payment.id is not null then
    return 'known';
  end if;
  if v_reason is null then
    perform lock_account_to_credit(v_input ->> 'reference');
    -- Somebody may be deleting the user, or they may be joining a team: wait for that, and then see it.
    perform from public.users where id = v_input ->> 'reference' for share;
    if reason_to_park(v_input, v_entry, v_credits) is not null then
      raise exception using errcode = 'serialization_failure', message = 'the account changed meanwhile';
    end if;
    v_payment.account_owner_id := v_input ->> 'reference';
    v_payment.credits := v_credits;
    v_payment.seq := coalesce(
      v_entry.seq,
      post_payment(args, v_payment.account_owner_id, v_input ->> 'stripe_id', v_credits, null, v_input ->> 'body_sha256')
    );
  end if;
  insert into app.stripe_payments (
    stripe_id, kind, payment_intent, state, reason, reference, amount_minor, tax_minor, currency,
    account_owner_id, seq, credits, happened_at
  )
  values (
    v_input ->> 'stripe_id', 'payment', v_input ->> 'payment_intent',
    case when v_reason is null then 'recorded' else 'parked' end, v_reason, v_input ->> 'reference',
    (v_input ->> 'amount_minor')::bigint, (v_input ->> 'tax_minor')::bigint, v_input ->> 'currency',
    v_payment.account_owner_id, v_payment.seq, coalesce(v_payment.credits, 0), (v_input ->> 'happened_at')::timestamptz
  );
  if v_reason is null and v_entry.seq is not null then
    -- What was taken back of it came first, when all that we knew of it was its entry.
    update app.stripe_payments
    set state = 'waiting', reason = null
    where payment_intent between v_input ->> 'stripe_id' and v_input ->> 'stripe_id'
      and kind <> 'payment'
      and state = 'parked'
      and reason = 'recorded_otherwise';
  end if;
  perform settle_returned(args, v_input ->> 'stripe_id');
  return case when v_reason is null then 'recorded' else 'parked' end;
end
$$;

-- Why a payment is not credited by itself, or null. It goes to the account that the checkout named, and to no other: a
-- member has none, and whether their owner is to have the money is for people to say.
create function reason_to_park(p_input jsonb, p_entry app.credit_transactions, p_credits numeric) returns text
language plpgsql stable
set search_path from current
as $$
declare
  v_reference text := p_input ->> 'reference';
  v_account public.users;
begin
  select * into v_account from public.users where id between v_reference and v_reference order by id limit 1;
  return case
    when p_input ->> 'currency' <> 'usd' then 'currency_unknown'
    -- Somebody has recorded it under the payment's key: that is the entry, if it says the same.
    when p_entry.seq is not null then case
      when (p_entry.kind, p_entry.account_owner_id, p_entry.amount) is distinct from ('purchase', v_reference, p_credits)
        then 'recorded_otherwise'
    end
    -- As of a subscription, which is not bought here.
    when p_input ->> 'payment_intent' is null then 'payment_intent_missing'
    when p_credits <= 0 then 'amount_implausible'
    when p_credits > 10000000 then 'amount_too_large'
    when v_reference is null then 'reference_missing'
    when v_account.id is null then 'user_unknown'
    when v_account.status = 'deleted' then 'user_deleted'
    when v_account.account_owner_id is not null then 'user_is_member'
  end;
end
$$;
