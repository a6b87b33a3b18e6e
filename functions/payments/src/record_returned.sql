-- Refunds and disputes: what was taken back of a payment, and what of that came back to us.

-- Records a refund or a dispute, or, with `undone`, that a refund failed or a dispute was won. One that is over before
-- anything was taken takes nothing, whenever the event comes that would have it taken.
create function record_returned(args jsonb) returns text
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_undone text := v_input ->> 'undone';
  v_happened_at timestamptz := v_input ->> 'happened_at';
  v_known app.stripe_payments := find_stripe_payment(v_input ->> 'stripe_id');
begin
  if v_known.id is null then
    insert into app.stripe_payments (stripe_id, kind, payment_intent, state, amount_minor, currency, happened_at)
    values (
      v_input ->> 'stripe_id', v_input ->> 'kind', v_input ->> 'payment_intent',
      case when v_undone is null then 'waiting' else 'undone' end,
      (v_input ->> 'amount_minor')::bigint, v_input ->> 'currency', v_happened_at
    );
  elsif v_undone is not null
    and (v_known.state in ('waiting', 'recorded') or v_known.state = 'parked' and v_happened_at > v_known.happened_at)
  then
    perform give_back(args, v_known, v_undone);
  elsif (v_undone is null) = (v_known.state = 'undone')
    and v_known.state in ('undone', 'returned')
    and v_happened_at > v_known.happened_at
  then
    -- Taken, given back, and taken again: banks do that, and only people know when it ends. Or people had dealt with it,
    -- and then it came back.
    update app.stripe_payments
    set state = 'parked',
        reason = case when v_undone is null then 'taken_again' else 'given_back' end,
        resolved_at = null,
        happened_at = v_happened_at
    where id = v_known.id;
    return 'parked';
  else
    return 'known';
  end if;
  perform settle_returned(args, v_input ->> 'payment_intent');
  v_known := find_stripe_payment(v_input ->> 'stripe_id');
  return case when v_known.state in ('parked', 'waiting') then v_known.state else 'recorded' end;
end
$$;

-- Gives back to the account what a refund or dispute took. A payment that was all returned by then is for people to decide
-- about again.
create function give_back(args jsonb, p_returned app.stripe_payments, p_undone text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_payment app.stripe_payments := find_stripe_payment(p_returned.payment_intent);
  v_is_decided boolean := coalesce(v_payment.state = 'returned' and v_payment.resolved_at is not null, false);
begin
  if p_returned.credits > 0 then
    perform lock_account_to_credit(p_returned.account_owner_id);
    perform post_returned(
      args, v_payment, concat_ws(':', p_returned.stripe_id, p_undone), p_returned.credits, p_returned.kind || ' ' || p_undone
    );
  end if;
  -- People had said that this payment is returned, and now its money is here again.
  update app.stripe_payments
  set state = case when v_is_decided then 'parked' else 'undone' end,
      reason = case when v_is_decided then 'given_back' else reason end,
      credits = 0,
      happened_at = (args #>> '{input,happened_at}')::timestamptz
  where id = p_returned.id;
  if v_payment.state = 'returned' and v_payment.resolved_at is null then
    update app.stripe_payments set state = 'parked' where id = v_payment.id;
    update app.stripe_payments
    set state = 'waiting'
    where payment_intent between v_payment.stripe_id and v_payment.stripe_id and kind <> 'payment' and state = 'recorded';
  end if;
end
$$;

-- Takes from the account what waits to be taken back of a payment that it was given. What is taken back of a payment that
-- was parked moves no credits; when all of it has been, nobody need decide about it any more.
create function settle_returned(args jsonb, p_payment_intent text) returns void
language plpgsql
set search_path from current
as $$
declare
  v_payment app.stripe_payments := find_stripe_payment(p_payment_intent);
  v_returned app.stripe_payments;
begin
  if v_payment.state = 'recorded' then
    perform lock_account_to_credit(v_payment.account_owner_id);
    for v_returned in
      select *
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting'
      order by payment_intent, happened_at, stripe_id
    loop
      perform take_back(args, v_payment, v_returned);
    end loop;
  elsif v_payment.reason = 'recorded_otherwise' or (find_entry(payment_key(p_payment_intent))).seq is not null then
    -- An account has credits for it, and nobody but people knows how they belong together.
    update app.stripe_payments
    set state = 'parked', reason = 'recorded_otherwise'
    where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting';
  elsif v_payment.state = 'returned' or v_payment.amount_minor <= returned_of(p_payment_intent, 'waiting') then
    update app.stripe_payments set state = 'returned' where id = v_payment.id;
    update app.stripe_payments
    set state = 'recorded'
    where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'waiting';
  end if;
end
$$;

-- How much refunds and disputes in this state are of a payment, in the smallest unit of its currency.
create function returned_of(p_payment_intent text, p_state text) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(sum(r.amount_minor), 0)
    from (
      select amount_minor
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = p_state
      order by payment_intent, happened_at
    ) r
  );
end
$$;

-- Takes back the part of the credits that a refund or dispute is of the payment. All that was taken is the rounded part
-- that all of them are of it, so cents do not drift, and when the whole payment has been returned nothing is left.
create function take_back(args jsonb, p_payment app.stripe_payments, p_returned app.stripe_payments) returns void
language plpgsql
set search_path from current
as $$
declare
  v_returned_minor numeric := returned_of(p_payment.stripe_id, 'recorded') + p_returned.amount_minor;
  v_credits numeric := greatest(
    part_of_credits(p_payment.credits, v_returned_minor, p_payment.amount_minor) - taken_of(p_payment.stripe_id), 0
  );
  v_reason text := case
    when (find_entry(payment_key(p_returned.stripe_id))).seq is not null then 'recorded_otherwise'
    when p_returned.currency <> p_payment.currency then 'currency_differs'
    when v_returned_minor > p_payment.amount_minor then 'more_than_paid'
    -- Somebody has returned the purchase by hand.
    when v_credits > left_of_purchase(p_payment.account_owner_id, p_payment.seq) then 'more_than_left'
  end;
  v_seq bigint;
begin
  if v_reason is null and v_credits > 0 then
    v_seq := post_returned(args, p_payment, p_returned.stripe_id, -v_credits, p_returned.kind);
  end if;
  update app.stripe_payments
  set state = case when v_reason is null then 'recorded' else 'parked' end,
      reason = v_reason,
      account_owner_id = p_payment.account_owner_id,
      seq = v_seq,
      credits = case when v_reason is null then v_credits else 0 end
  where id = p_returned.id;
end
$$;

-- The credits that refunds and disputes have taken of a payment.
create function taken_of(p_payment_intent text) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select coalesce(sum(r.credits), 0)
    from (
      select credits
      from app.stripe_payments
      where payment_intent between p_payment_intent and p_payment_intent and kind <> 'payment' and state = 'recorded'
      order by payment_intent, happened_at
    ) r
  );
end
$$;

-- The credits that a part of a payment is worth, rounded half to even to the cent.
create function part_of_credits(p_credits numeric, p_part_minor numeric, p_amount_minor numeric) returns numeric
language plpgsql immutable
set search_path from current
as $$
declare
  v_cents numeric := div(p_credits * 100 * p_part_minor, p_amount_minor);
  v_twice_the_rest numeric := 2 * mod(p_credits * 100 * p_part_minor, p_amount_minor);
begin
  if v_twice_the_rest > p_amount_minor or v_twice_the_rest = p_amount_minor and mod(v_cents, 2) = 1 then
    v_cents := v_cents + 1;
  end if;
  return v_cents / 100;
end
$$;

-- What has not been returned of a purchase.
create function left_of_purchase(p_account_owner_id text, p_seq bigint) returns numeric
language plpgsql stable
set search_path from current
as $$
begin
  return (
    select p.amount + coalesce((
      select sum(r.amount)
      from (
        select amount
        from app.credit_transactions
        where account_owner_id = p_account_owner_id and refunded_seq = p_seq
        order by account_owner_id, refunded_seq
      ) r
    ), 0)
    from app.credit_transactions p
    where p.account_owner_id = p_account_owner_id and p.seq = p_seq
  );
end
$$;
