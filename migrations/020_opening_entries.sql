-- A ledger may begin with openings: what an account had bought, what had been adjusted, and what it had used before it
-- was taken over. The new rules hold for new entries at once. The next file looks at those that are there, while others
-- write.

-- Two rules take the place of stricter ones.
-- squawk-ignore-file ban-drop-constraint
alter table app.credit_transactions
  drop constraint credit_transactions_kind_is_known,
  add constraint credit_transactions_kind_is_known
    check (kind in ('purchase', 'usage', 'adjustment', 'refund', 'opening')) not valid,
  drop constraint credit_transactions_money_writes_have_a_key,
  add constraint credit_transactions_money_writes_have_a_key
    check (
      case kind when 'usage' then true when 'opening' then idempotency_key is null else idempotency_key is not null end
    ) not valid,
  add constraint credit_transactions_opening_comes_first check (kind <> 'opening' or seq <= 3) not valid,
  add constraint credit_transactions_opening_says_of_what check (
    kind <> 'opening'
    or coalesce(
      case reference when 'purchased' then amount > 0 when 'adjusted' then amount <> 0 when 'used' then amount < 0 end,
      false
    )
  ) not valid;
