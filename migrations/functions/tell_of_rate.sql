-- Tells of prices that are set or corrected.
create or replace function app.tell_of_rate() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform app.tell('rate.set', 'rate:' || new.effective_on, pg_catalog.jsonb_build_object(
    'effective_on', new.effective_on,
    'cpu_hour_usd', new.cpu_hour_usd::text,
    'gpu_hour_usd', new.gpu_hour_usd::text,
    'storage_gb_month_usd', new.storage_gb_month_usd::text
  ));
  return null;
end
$$;
