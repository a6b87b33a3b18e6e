-- A page of an account's ledger, newest first.
create or replace function app.list_transactions(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_account_owner_id text := app.require_account(v_caller, args #>> '{input,user_id}');
  v_limit integer := args #>> '{input,limit}';
  v_after bigint := args #>> '{input,after,seq}';
begin
  return app.page(
    v_limit,
    array(
      select app.describe_entry(t)
      from public.credit_transactions t
      where t.account_owner_id = v_account_owner_id and (v_after is null or t.seq < v_after)
      order by t.seq desc
      limit v_limit + 1
    ),
    array['seq']
  );
end
$$;

-- A ledger entry. Amounts are decimal strings.
create or replace function app.describe_entry(p_entry public.credit_transactions) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_build_object(
    'id', p_entry.id,
    'user_id', p_entry.account_owner_id,
    'seq', p_entry.seq,
    'kind', p_entry.kind,
    'amount', p_entry.amount::text,
    'balance_before', p_entry.balance_before::text,
    'balance_after', p_entry.balance_after::text,
    'reference', p_entry.reference,
    'reason', p_entry.reason,
    'refund_of', (
      select p.id
      from public.credit_transactions p
      where p.account_owner_id = p_entry.account_owner_id and p.seq = p_entry.refunded_seq
    ),
    'actor', p_entry.actor,
    'created_at', p_entry.created_at
  );
end
$$;
