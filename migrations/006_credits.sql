-- Credits and their ledger. The ledger is append-only and chained by foreign keys: PostgreSQL itself refuses a gap, a
-- fork, a wrong sum, an edit, and a `user_credits` row that names any entry but the last one. Amounts are US dollars
-- with two decimals.

create table if not exists app.credit_transactions (
  id uuid not null default gen_random_uuid(),
  account_owner_id text collate "C" not null,
  seq bigint not null,
  previous_seq bigint generated always as (case when seq > 1 then seq - 1 end) stored,
  kind text not null,
  amount numeric(14, 2) not null,
  balance_before numeric(14, 2) not null,
  balance_after numeric(14, 2) not null,
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
  constraint credit_transactions_idempotency_key_key unique (account_owner_id, idempotency_key),
  constraint credit_transactions_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
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

-- A refund names its purchase by id. No other entry is looked up by its id.
create unique index if not exists credit_transactions_purchase_id_key
  on app.credit_transactions (id) where kind = 'purchase';
create index if not exists credit_transactions_refunded_seq_idx
  on app.credit_transactions (account_owner_id, refunded_seq) where refunded_seq is not null;
create or replace trigger refuse_change
  before update or delete on app.credit_transactions
  for each row execute function app.refuse_change();
create or replace trigger refuse_truncate
  before truncate on app.credit_transactions
  for each statement execute function app.refuse_change();
call app.secure_table('app.credit_transactions');

create table if not exists public.user_credits (
  id uuid not null default gen_random_uuid(),
  user_id text collate "C" not null,
  balance numeric(14, 2) not null default 0,
  last_seq bigint,
  total_purchased numeric(14, 2) not null default 0,
  total_adjusted numeric(14, 2) not null default 0,
  total_used numeric(14, 2) not null default 0,
  cpu_hours_used numeric(20, 6) not null default 0,
  gpu_hours_used numeric(20, 6) not null default 0,
  storage_gb_months numeric(20, 6) not null default 0,
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
  )
);

call app.secure_table('public.user_credits');
