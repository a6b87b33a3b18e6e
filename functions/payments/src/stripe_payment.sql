-- What endpoints share about what Stripe reports.

-- All that is about one payment takes turns, also with who records it as a purchase under the same key.
create function lock_payment(p_payment_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(payment_key(p_payment_id), pg_catalog.hashtext('app.idempotency'))
  );
end
$$;

-- The key that the ledger knows a payment by, or what was taken back of it.
create function payment_key(p_stripe_id text) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return 'stripe:' || p_stripe_id;
end
$$;

create function find_stripe_payment(p_stripe_id text) returns app.stripe_payments
language plpgsql stable
set search_path from current
as $$
declare
  v_payment app.stripe_payments;
begin
  select *
  into v_payment
  from app.stripe_payments
  where stripe_id between p_stripe_id and p_stripe_id
  order by stripe_id
  limit 1;
  return v_payment;
end
$$;

create function find_entry(p_key text) returns app.credit_transactions
language plpgsql stable
set search_path from current
as $$
declare
  v_entry app.credit_transactions;
begin
  select *
  into v_entry
  from app.credit_transactions
  where idempotency_key between p_key and p_key
  order by idempotency_key
  limit 1;
  return v_entry;
end
$$;

-- Adds a payment to the ledger of an account, which the caller has locked, and answers the entry's number.
create function post_payment(
  args jsonb,
  p_account_owner_id text,
  p_payment_id text,
  p_credits numeric,
  p_reason text,
  p_body_sha256 text
) returns bigint
language plpgsql
set search_path from current
as $$
begin
  return (write_entry(
    jsonb_build_object('caller', args -> 'caller', 'input', jsonb_build_object(
      'user_id', p_account_owner_id,
      'idempotency_key', payment_key(p_payment_id),
      'body_sha256', p_body_sha256,
      'reference', p_payment_id,
      'reason', p_reason
    )),
    'purchase',
    p_credits,
    null
  ) #>> '{entry,seq}')::bigint;
end
$$;

-- Adds to the ledger what was taken back of a payment or, above zero, what of that came back. The name is Stripe's id of
-- the refund or dispute, and how it ended: each has one entry of its own.
create function post_returned(args jsonb, p_payment app.stripe_payments, p_name text, p_credits numeric, p_reason text)
returns bigint
language plpgsql
set search_path from current
as $$
begin
  return (write_entry(
    jsonb_build_object('caller', args -> 'caller', 'input', jsonb_build_object(
      'user_id', p_payment.account_owner_id,
      'idempotency_key', payment_key(p_name),
      'body_sha256', digest_of(payment_key(p_name)),
      'reference', split_part(p_name, ':', 1),
      'reason', p_reason
    )),
    'refund',
    p_credits,
    p_payment.seq
  ) #>> '{entry,seq}')::bigint;
end
$$;

-- In the place of a body's digest, where the key says all.
create function digest_of(p_key text) returns text
language plpgsql immutable
set search_path from current
as $$
begin
  return encode(sha256(convert_to(p_key, 'UTF8')), 'hex');
end
$$;

create function describe_stripe_payment(p_payment app.stripe_payments) returns json
language plpgsql stable
set search_path from current
as $$
begin
  return json_build_object(
    'id', p_payment.id,
    'kind', p_payment.kind,
    'stripe_id', p_payment.stripe_id,
    'payment_intent', p_payment.payment_intent,
    'state', p_payment.state,
    'reason', p_payment.reason,
    'reference', p_payment.reference,
    'amount_minor', p_payment.amount_minor::text,
    'tax_minor', p_payment.tax_minor::text,
    'currency', p_payment.currency,
    'user_id', p_payment.account_owner_id,
    'credits', p_payment.credits::text,
    'happened_at', p_payment.happened_at,
    'created_at', p_payment.created_at,
    'resolved_at', p_payment.resolved_at
  );
end
$$;
