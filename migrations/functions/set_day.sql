-- Computes what a day cost, and what the web app reads of it, whatever was written. What had been charged before the day
-- was taken over stands; what was used beyond it costs what the day's prices say.
create or replace function app.set_day() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.scaled_cost_usd := coalesce(new.charged_usd, 0) * app.billing_month_seconds() + coalesce(
    ((new.cpu_hours - coalesce(new.charged_cpu_hours, 0)) * new.cpu_hour_usd
      + (new.gpu_hours - coalesce(new.charged_gpu_hours, 0)) * new.gpu_hour_usd) * app.billing_month_seconds()
      + (new.storage_gb_seconds - coalesce(new.charged_storage_gb_seconds, 0)) * new.storage_gb_month_usd,
    0
  );
  new.total_cost := app.round_cost(new.scaled_cost_usd);
  new.storage_gb := new.storage_gb_seconds / 86400;
  return new;
end
$$;
