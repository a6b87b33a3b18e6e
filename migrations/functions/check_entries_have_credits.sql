-- Refuses, at the end of each statement, entries that their account's row does not name, and refunds of anything but a
-- purchase. What is compared is looked up for one entry after the other, whatever the tables held when this was planned.
create or replace function app.check_entries_have_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_account_owner_id text;
begin
  select e.account_owner_id
  into v_account_owner_id
  from (select account_owner_id, max(seq) as seq from entries group by account_owner_id) e
  where ((select uc.last_seq from public.user_credits uc where uc.user_id = e.account_owner_id) >= e.seq) is not true
  limit 1;
  if found then
    raise exception using
      errcode = 'check_violation',
      constraint = 'credit_transactions_moves_the_credits',
      message = 'an entry and its user_credits row are written in one statement',
      detail = format('The user_credits row of %s does not follow its ledger.', v_account_owner_id);
  end if;

  -- Most statements have none, and need not begin to look.
  if not exists (select from entries e where e.kind = 'refund') then
    return null;
  end if;
  select e.account_owner_id
  into v_account_owner_id
  from entries e
  left join lateral (
    select * from app.credit_transactions t where t.account_owner_id = e.account_owner_id and t.seq = e.refunded_seq limit 1
  ) p on true
  where e.kind = 'refund'
    and (
      p.kind <> 'purchase'
      or p.amount + (
        select sum(r.amount)
        from app.credit_transactions r
        where r.account_owner_id = e.account_owner_id and r.refunded_seq = e.refunded_seq
      ) < 0
    )
  limit 1;
  if found then
    raise exception using
      errcode = 'check_violation',
      constraint = 'credit_transactions_refund_within_its_purchase',
      message = 'a refund returns a purchase, and no more than it',
      detail = format('In the ledger of %s.', v_account_owner_id);
  end if;
  return null;
end
$$;
