-- Sets the prices from a day on. The past is never repriced: the day must lie ahead, or be one to which no price has
-- applied so far. Prices that are set already can be corrected until a day of usage refers to them, also when their day
-- has begun. The same prices again change nothing.
create function set_rate(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_effective_on date := v_input ->> 'effective_on';
  v_prices numeric[] := array[v_input ->> 'cpu_hour_usd', v_input ->> 'gpu_hour_usd', v_input ->> 'storage_gb_month_usd'];
  v_before jsonb;
  v_after jsonb;
  v_known app.usage_rates;
begin
  perform lock_billing_terms();
  select * into v_known from app.usage_rates where effective_on = v_effective_on;
  v_before := (select r.description from described_rates r where r.effective_on = v_effective_on);
  -- A repeated call finds its change made, whatever has been set since.
  if is_audited(args, 'rates.set', v_effective_on::text)
    or array[v_known.cpu_hour_usd, v_known.gpu_hour_usd, v_known.storage_gb_month_usd] = v_prices
  then
    return v_before;
  end if;
  perform require_unpriced(v_effective_on);
  insert into app.usage_rates (effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd, created_by)
  values (v_effective_on, v_prices[1], v_prices[2], v_prices[3], v_caller.id)
  on conflict (effective_on) do update
  set cpu_hour_usd = excluded.cpu_hour_usd,
      gpu_hour_usd = excluded.gpu_hour_usd,
      storage_gb_month_usd = excluded.storage_gb_month_usd,
      created_by = excluded.created_by,
      created_at = app.now();
  v_after := (select r.description from described_rates r where r.effective_on = v_effective_on);
  perform write_audit(args, 'rates.set', v_effective_on::text, v_before, v_after);
  return v_after;
end
$$;

-- Refuses prices that would change what a day of usage costs, or may cost. The caller holds the terms of billing, so no
-- usage is recorded meanwhile.
create function require_unpriced(p_effective_on date) returns void
language plpgsql stable
set search_path from current
as $$
declare
  -- The prices that apply from that day on, so far.
  v_known_on date := (select max(effective_on) from app.usage_rates where effective_on <= p_effective_on);
begin
  if (v_known_on < p_effective_on and p_effective_on <= (app.now() at time zone 'UTC')::date)
    -- Midnight may have passed while this call waited for the lock.
    or exists (
      select
      from public.usage_daily
      where rate_effective_on = v_known_on
        and date >= p_effective_on
        -- From then on the next prices apply.
        and date < coalesce(
          (select min(effective_on) from app.usage_rates where effective_on > p_effective_on), 'infinity'
        )
    )
  then
    raise exception using
      errcode = 'AP409',
      message = 'rate_has_begun',
      detail = 'Usage of this day has a price already, or prices for it have been announced, and the past is never repriced. '
        'Choose a day that lies ahead (UTC).';
  end if;
end
$$;
