-- A change of an account's credits: an amount of money, or what was used, and how much of its cost is of days of the
-- present month.
create type credit_change as (
  account_owner_id text collate "C",
  kind text,
  amount numeric,
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb_seconds numeric,
  scaled_cost_usd numeric,
  reference text,
  reason text,
  refunded_seq bigint,
  idempotency_key text collate "C",
  body_hash bytea,
  actor text collate "C",
  month_scaled_cost_usd numeric
);
