-- Prices from a day on, as decimal strings.
create view described_rates as
select
  r.effective_on,
  jsonb_build_object(
    'effective_on', r.effective_on,
    'cpu_hour_usd', trim_scale(r.cpu_hour_usd)::text,
    'gpu_hour_usd', trim_scale(r.gpu_hour_usd)::text,
    'storage_gb_month_usd', trim_scale(r.storage_gb_month_usd)::text,
    'created_by', r.created_by,
    'created_at', r.created_at
  ) as description
from app.usage_rates r;
