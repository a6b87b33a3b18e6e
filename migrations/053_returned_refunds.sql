-- A refund may be taken back: it failed at the bank, or a dispute that had taken credits was won. Then an entry of the kind
-- `refund` adds what the earlier one took, and the purchase has as much left as before. The new rule holds for new entries
-- at once. The next file looks at those that are there, while others write.

-- It takes the place of a stricter one.
-- squawk-ignore-file ban-drop-constraint
alter table app.credit_transactions
  drop constraint credit_transactions_refund_returns,
  add constraint credit_transactions_refund_moves check (kind <> 'refund' or amount <> 0) not valid;
