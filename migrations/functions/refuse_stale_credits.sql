-- A `user_credits` row must name the last entry; the foreign key alone would accept an older one. What was purchased
-- and adjusted must change by the sums of the new entries, and so what was used does too.
create or replace function app.refuse_stale_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
-- A batch has a thousand rows before and a thousand after, and no index joins them.
set enable_nestloop = off
as $$
declare
  v_user_id text;
begin
  select c.user_id
  into v_user_id
  from credits c
  join credits_before b on b.id = c.id
  cross join lateral (
    select
      max(t.seq) as last_seq,
      coalesce(sum(t.amount) filter (
        where t.kind in ('purchase', 'refund') or (t.kind = 'opening' and t.reference = 'purchased')
      ), 0) as purchased,
      coalesce(sum(t.amount) filter (
        where t.kind = 'adjustment' or (t.kind = 'opening' and t.reference = 'adjusted')
      ), 0) as adjusted
    from app.credit_transactions t
    where t.account_owner_id = c.user_id and t.seq > coalesce(b.last_seq, 0)
  ) moved
  where c.user_id <> b.user_id
    or c.last_seq is distinct from coalesce(moved.last_seq, b.last_seq)
    or c.total_purchased <> b.total_purchased + moved.purchased
    or c.total_adjusted <> b.total_adjusted + moved.adjusted
  limit 1;
  if found then
    raise exception using
      errcode = 'check_violation',
      constraint = 'user_credits_agrees_with_the_last_entry',
      message = 'user_credits must name the last entry of the ledger, and move as its entries do',
      detail = format('The row of %s does not.', v_user_id);
  end if;
  return null;
end
$$;
