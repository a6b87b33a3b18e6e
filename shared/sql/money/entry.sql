-- Entries of the ledger. Amounts are decimal strings.
create view described_entries as
select
  t.id,
  t.account_owner_id,
  t.seq,
  t.idempotency_key,
  t.body_hash,
  jsonb_build_object(
    'id', t.id,
    'user_id', t.account_owner_id,
    'seq', t.seq,
    'kind', t.kind,
    'amount', t.amount::text,
    'balance_before', t.balance_before::text,
    'balance_after', t.balance_after::text,
    'reference', t.reference,
    'reason', t.reason,
    'refund_of', (
      select p.id
      from app.credit_transactions p
      where p.account_owner_id = t.account_owner_id and p.seq = t.refunded_seq
    ),
    'actor', t.actor,
    'created_at', t.created_at
  ) as description
from app.credit_transactions t;

-- Answers what an earlier call with this key was answered, or null for a new key. Calls with the same key run one after
-- the other. Another body under a known key is refused.
create function find_replay(p_key text, p_body_hash bytea) returns jsonb
language plpgsql
set search_path from current
as $$
declare
  v_known described_entries;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_key, pg_catalog.hashtext('app.idempotency')));
  select * into v_known from described_entries where idempotency_key = p_key;
  if not found then
    return null;
  end if;
  if v_known.body_hash <> p_body_hash then
    raise exception using
      errcode = 'AP409',
      message = 'idempotency_key_reused',
      detail = 'This Idempotency-Key came with another body before. Every write needs its own.';
  end if;
  return jsonb_build_object('entry', v_known.description, 'replayed', true);
end
$$;

-- Writes an entry for a purchase, refund or adjustment, with the idempotency key and the hash of the body, and answers
-- with it. The caller has locked the account by `lock_account_to_credit()`: money ends a suspension for want of it. It is
-- audited, whoever writes it.
create function write_entry(args jsonb, p_kind text, p_amount numeric, p_refunded_seq bigint)
returns jsonb
language plpgsql
set search_path from current
as $$
declare
  v_input jsonb := args -> 'input';
  v_account_owner_id text := v_input ->> 'user_id';
  v_before public.user_credits;
  v_after public.user_credits;
  v_entry described_entries;
begin
  select * into strict v_before from public.user_credits where user_id = v_account_owner_id;
  perform post_entries(array[row(
    v_account_owner_id, p_kind, p_amount, null, null, null, null, v_input ->> 'reference', v_input ->> 'reason',
    p_refunded_seq, v_input ->> 'idempotency_key', decode(v_input ->> 'body_sha256', 'hex'), args #>> '{caller,sub}', null
  )::credit_change]);
  perform end_suspension_for_money(v_account_owner_id);
  select * into strict v_after from public.user_credits where user_id = v_account_owner_id;
  select * into strict v_entry from described_entries where account_owner_id = v_account_owner_id and seq = v_after.last_seq;
  perform write_audit(
    args,
    'credits.' || p_kind,
    v_account_owner_id,
    describe_all_totals(v_before),
    describe_all_totals(v_after) || jsonb_build_object('entry_id', v_entry.id)
  );
  return jsonb_build_object('entry', v_entry.description, 'replayed', false);
end
$$;

-- An account's sums, as the audit log has them before and after an entry.
create function describe_all_totals(p_credits public.user_credits) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return describe_totals(p_credits) || jsonb_build_object('total_adjusted', p_credits.total_adjusted::text);
end
$$;
