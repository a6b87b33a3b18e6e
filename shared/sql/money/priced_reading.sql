-- One reading of a batch, who pays for it, and at which price.
create type priced_reading as (
  index integer,
  rejection text,
  source text collate "C",
  user_id text collate "C",
  project text collate "C",
  window_start timestamptz,
  window_end timestamptz,
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric,
  date date,
  account_owner_id text collate "C",
  rate_effective_on date,
  cpu_hour_usd numeric,
  gpu_hour_usd numeric,
  storage_gb_month_usd numeric
);
