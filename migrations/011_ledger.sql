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

-- Refuses, at the end of each statement, entries that their account's row does not name, and refunds of anything but a
-- purchase.
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
  where not exists (
    select from public.user_credits uc where uc.user_id = e.account_owner_id and uc.last_seq >= e.seq
  )
  limit 1;
  if found then
    raise exception using
      errcode = 'check_violation',
      constraint = 'credit_transactions_moves_the_credits',
      message = 'an entry and its user_credits row are written in one statement',
      detail = format('The user_credits row of %s does not follow its ledger.', v_account_owner_id);
  end if;

  select e.account_owner_id
  into v_account_owner_id
  from entries e
  left join app.credit_transactions p on p.account_owner_id = e.account_owner_id and p.seq = e.refunded_seq
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

create or replace trigger check_entries_have_credits
  after insert on app.credit_transactions
  referencing new table as entries
  for each statement execute function app.check_entries_have_credits();

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
      coalesce(sum(t.amount) filter (where t.kind in ('purchase', 'refund')), 0) as purchased,
      coalesce(sum(t.amount) filter (where t.kind = 'adjustment'), 0) as adjusted
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

-- Checked at the end of the statement and no longer before each row, because entry and row are written together.
drop trigger if exists refuse_stale_credits on public.user_credits;
create or replace trigger refuse_stale_updated_credits
  after update on public.user_credits
  referencing old table as credits_before new table as credits
  for each statement execute function app.refuse_stale_credits();

-- A `user_credits` row begins with zeros: only its ledger changes them.
create or replace function app.refuse_moved_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.last_seq is not null or (new.total_purchased, new.total_adjusted, new.total_used) is distinct from (0, 0, 0) then
    raise exception using
      errcode = 'check_violation',
      constraint = 'user_credits_begins_with_nothing',
      message = 'credits begin with nothing: their ledger moves them';
  end if;
  return new;
end
$$;

drop trigger if exists refuse_stale_inserted_credits on public.user_credits;
create or replace trigger refuse_moved_credits
  before insert on public.user_credits
  for each row execute function app.refuse_moved_credits();

-- An account that has a ledger keeps its `user_credits` row.
create or replace function app.refuse_lost_credits() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'TRUNCATE' or old.last_seq is not null then
    raise exception using
      errcode = 'restrict_violation',
      constraint = 'credit_transactions_account_has_credits',
      message = 'the credits of an account with a ledger stay';
  end if;
  return old;
end
$$;

create or replace trigger refuse_lost_credits
  before delete on public.user_credits
  for each row execute function app.refuse_lost_credits();
create or replace trigger refuse_truncate
  before truncate on public.user_credits
  for each statement execute function app.refuse_lost_credits();

-- Half of each page is left free, because a batch updates many rows of a page at once: so they stay on their page, and
-- the indexes are not written.
alter table public.user_credits set (fillfactor = 45);
