-- Prices from a day on, as decimal strings.
create or replace function app.describe_rate(p_effective_on date) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_build_object(
      'effective_on', r.effective_on,
      'cpu_hour_usd', trim_scale(r.cpu_hour_usd)::text,
      'gpu_hour_usd', trim_scale(r.gpu_hour_usd)::text,
      'storage_gb_month_usd', trim_scale(r.storage_gb_month_usd)::text,
      'created_by', r.created_by,
      'created_at', r.created_at
    )
    from public.usage_rates r
    where r.effective_on = p_effective_on
  );
end
$$;
