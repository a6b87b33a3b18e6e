-- Tells of money that an account got or gave back. Usage tells nothing: its entries are many.
create or replace function app.tell_of_entry() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_data jsonb := pg_catalog.jsonb_build_object(
    'account_owner_id', new.account_owner_id,
    'entry_seq', new.seq,
    'amount_usd', new.amount::text,
    'balance_usd', new.balance_after::text
  );
begin
  perform app.tell(
    case new.kind
      when 'purchase' then 'credits.purchased'
      when 'refund' then case when new.amount < 0 then 'credits.refunded' else 'credits.refund_undone' end
      else 'credits.adjusted'
    end,
    'account:' || new.account_owner_id,
    case new.kind
      when 'refund' then v_data || pg_catalog.jsonb_build_object('refunded_entry_seq', new.refunded_seq)
      else v_data
    end
  );
  return null;
end
$$;
