-- Credits and their ledger. The ledger is append-only and chained by foreign keys: PostgreSQL itself refuses a gap, a
-- fork, a wrong sum, an edit, and a `user_credits` row that names any entry but the last one. Amounts are US dollars
-- with two decimals, wide enough that no number of entries overflows their sums.
--
-- An entry and its `user_credits` row are written in one statement, or not at all: an entry that the row does not
-- follow is refused too.

create table app.credit_transactions (
  id uuid not null default gen_random_uuid(),
  -- An entry needs its account's row. The triggers below see to it that the row is there and stays, without the look-up
  -- per entry that a foreign key costs.
  account_owner_id text collate "C" not null,
  seq bigint not null,
  previous_seq bigint generated always as (case when seq > 1 then seq - 1 end) stored,
  kind text not null,
  amount numeric(20, 2) not null,
  balance_before numeric(20, 2) not null,
  balance_after numeric(20, 2) not null,
  reference text,
  reason text,
  -- The purchase that a refund returns.
  refunded_seq bigint,
  idempotency_key text collate "C",
  -- SHA-256 of the body that came with the key.
  body_hash bytea,
  -- Who caused the entry: an Auth0 `sub`.
  actor text collate "C" not null,
  created_at timestamptz not null default app.now(),

  constraint credit_transactions_pkey primary key (account_owner_id, seq),
  constraint credit_transactions_balance_key unique (account_owner_id, seq, balance_after),
  constraint credit_transactions_seq_is_positive check (seq >= 1),
  constraint credit_transactions_starts_at_zero check (seq > 1 or balance_before = 0),
  constraint credit_transactions_continues_the_chain foreign key (account_owner_id, previous_seq, balance_before)
    references app.credit_transactions (account_owner_id, seq, balance_after),
  constraint credit_transactions_adds_up check (balance_after = balance_before + amount),
  constraint credit_transactions_kind_is_known check (kind in ('purchase', 'usage', 'adjustment', 'refund')),
  constraint credit_transactions_purchase_adds check (kind <> 'purchase' or amount > 0),
  constraint credit_transactions_refund_names_its_purchase check ((kind = 'refund') = (refunded_seq is not null)),
  constraint credit_transactions_refund_returns check (kind <> 'refund' or amount < 0),
  constraint credit_transactions_refunded_seq_fkey foreign key (account_owner_id, refunded_seq)
    references app.credit_transactions (account_owner_id, seq),
  constraint credit_transactions_key_has_its_body check ((idempotency_key is null) = (body_hash is null)),
  constraint credit_transactions_money_writes_have_a_key check (kind = 'usage' or idempotency_key is not null),
  constraint credit_transactions_body_hash_is_sha256 check (octet_length(body_hash) = 32)
);

-- An idempotency key stands for one write in all accounts: a key per account would let the same key with another
-- account in its body write twice.
create unique index credit_transactions_idempotency_key
  on app.credit_transactions (idempotency_key) where idempotency_key is not null;
-- A refund names its purchase by id. No other entry is looked up by its id.
create unique index credit_transactions_purchase_id_key
  on app.credit_transactions (id) where kind = 'purchase';
create index credit_transactions_refunded_seq_idx
  on app.credit_transactions (account_owner_id, refunded_seq) where refunded_seq is not null;
-- No index has all columns of the foreign keys along the chain, here and in `user_credits`: entries are never deleted and
-- the keys lead with the account, so it would serve no query and slow every write. With one on `last_seq`, no update of
-- the credits could stay on its page (HOT).

create trigger refuse_change
  before update or delete on app.credit_transactions
  for each row execute function app.refuse_change();
create trigger refuse_truncate
  before truncate on app.credit_transactions
  for each statement execute function app.refuse_change();
call app.secure_table('app.credit_transactions');

create table public.user_credits (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  balance numeric(20, 2) not null default 0,
  last_seq bigint,
  total_purchased numeric(20, 2) not null default 0,
  total_adjusted numeric(20, 2) not null default 0,
  total_used numeric(20, 2) not null default 0,
  cpu_hours_used numeric(20, 6) not null default 0,
  gpu_hours_used numeric(20, 6) not null default 0,
  storage_gb_months numeric(20, 6) not null default 0,
  storage_gb_seconds numeric(36, 12) not null default 0,
  scaled_cost_usd numeric(44, 18) not null default 0,
  created_at timestamptz not null default app.now(),
  updated_at timestamptz not null default app.now(),

  constraint user_credits_pkey primary key (id),
  constraint user_credits_one_row_per_account unique (user_id),
  constraint user_credits_user_id_fkey foreign key (user_id) references public.users (id),
  constraint user_credits_agrees_with_an_entry foreign key (user_id, last_seq, balance)
    references app.credit_transactions (account_owner_id, seq, balance_after),
  constraint user_credits_without_entries_is_zero check (last_seq is not null or balance = 0),
  constraint user_credits_adds_up check (balance = total_purchased + total_adjusted - total_used),
  constraint user_credits_purchased_is_not_negative check (total_purchased >= 0),
  constraint user_credits_used_is_not_negative check (
    total_used >= 0 and cpu_hours_used >= 0 and gpu_hours_used >= 0 and storage_gb_months >= 0
  ),
  constraint user_credits_storage_is_its_seconds
    check (storage_gb_months = round(storage_gb_seconds / app.billing_month_seconds(), 6)),
  constraint user_credits_cost_is_not_negative check (scaled_cost_usd >= 0 and storage_gb_seconds >= 0),
  constraint user_credits_used_is_the_rounded_cost check (total_used = app.round_cost(scaled_cost_usd))
)
-- Half of each page is left free, because a batch updates many rows of a page at once: so they stay on their page, and
-- the indexes are not written.
with (fillfactor = 45);

call app.secure_table('public.user_credits');

create trigger check_entries_have_credits
  after insert on app.credit_transactions
  referencing new table as entries
  for each statement execute function app.check_entries_have_credits();

-- Checked at the end of the statement and not before each row, because entry and row are written together.
create trigger refuse_stale_updated_credits
  after update on public.user_credits
  referencing old table as credits_before new table as credits
  for each statement execute function app.refuse_stale_credits();

create trigger refuse_moved_credits
  before insert on public.user_credits
  for each row execute function app.refuse_moved_credits();

create trigger refuse_lost_credits
  before delete on public.user_credits
  for each row execute function app.refuse_lost_credits();
create trigger refuse_truncate
  before truncate on public.user_credits
  for each statement execute function app.refuse_lost_credits();
