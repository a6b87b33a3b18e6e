-- An entry and its `user_credits` row are written in one statement, or not at all: an entry that the row does not
-- follow is refused, and so is a row that names any entry but the last.

do $$
begin
  -- Wide enough that no number of entries overflows the sums.
  if exists (
    select from pg_catalog.pg_attribute
    where attrelid = 'public.user_credits'::regclass and attname = 'balance'
      and pg_catalog.format_type(atttypid, atttypmod) = 'numeric(14,2)'
  ) then
    -- The view depends on the columns that change. It is made again further on.
    drop view if exists app.invariant_violations;
    alter table app.credit_transactions
      alter column amount type numeric(20, 2),
      alter column balance_before type numeric(20, 2),
      alter column balance_after type numeric(20, 2);
    alter table public.user_credits
      alter column balance type numeric(20, 2),
      alter column total_purchased type numeric(20, 2),
      alter column total_adjusted type numeric(20, 2),
      alter column total_used type numeric(20, 2);
  end if;

  -- An entry needs its account's row. The triggers below see to it that the row is there and stays, without the look-up
  -- per entry that a foreign key costs.
  alter table app.credit_transactions drop constraint if exists credit_transactions_account_owner_id_fkey;
end
$$;

-- An idempotency key stands for one write in all accounts: a key per account would let the same key with another
-- account in its body write twice. (The index below guarantees more than the constraint did.)
-- squawk-ignore ban-drop-constraint
alter table app.credit_transactions drop constraint if exists credit_transactions_idempotency_key_key;
create unique index if not exists credit_transactions_idempotency_key
  on app.credit_transactions (idempotency_key) where idempotency_key is not null;

-- Rows are never deleted and keys lead with the account, so these indexes served no query and slowed every write.
-- Without the second, an update of the credits can stay on its page (HOT).
drop index if exists app.credit_transactions_previous_idx;
drop index if exists public.user_credits_last_seq_idx;

alter table public.user_credits
  add column if not exists storage_gb_seconds numeric(36, 12) not null default 0,
  add column if not exists scaled_cost_usd numeric(44, 18) not null default 0;

do $$
begin
  if not exists (select from pg_catalog.pg_constraint where conname = 'user_credits_storage_is_its_seconds') then
    alter table public.user_credits
      add constraint user_credits_storage_is_its_seconds
        check (storage_gb_months = round(storage_gb_seconds / app.billing_month_seconds(), 6)),
      add constraint user_credits_cost_is_not_negative check (scaled_cost_usd >= 0 and storage_gb_seconds >= 0),
      add constraint user_credits_used_is_the_rounded_cost check (total_used = app.round_cost(scaled_cost_usd));
  end if;
end
$$;

create or replace trigger check_entries_have_credits
  after insert on app.credit_transactions
  referencing new table as entries
  for each statement execute function app.check_entries_have_credits();

-- Checked at the end of the statement and no longer before each row, because entry and row are written together.
drop trigger if exists refuse_stale_credits on public.user_credits;
create or replace trigger refuse_stale_updated_credits
  after update on public.user_credits
  referencing old table as credits_before new table as credits
  for each statement execute function app.refuse_stale_credits();

drop trigger if exists refuse_stale_inserted_credits on public.user_credits;
create or replace trigger refuse_moved_credits
  before insert on public.user_credits
  for each row execute function app.refuse_moved_credits();

create or replace trigger refuse_lost_credits
  before delete on public.user_credits
  for each row execute function app.refuse_lost_credits();
create or replace trigger refuse_truncate
  before truncate on public.user_credits
  for each statement execute function app.refuse_lost_credits();

-- Half of each page is left free, because a batch updates many rows of a page at once: so they stay on their page, and
-- the indexes are not written.
alter table public.user_credits set (fillfactor = 45);
