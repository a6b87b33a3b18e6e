-- Which level of its monthly cap an account has reached: 0, 80, 90 or 100 per cent. In PL/pgSQL as
-- `app.credit_state` is.
create or replace function app.cap_level(p_month_scaled_cost_usd numeric, p_monthly_cap numeric) returns integer
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_monthly_cap is null then 0
    when p_month_scaled_cost_usd >= p_monthly_cap * app.billing_month_seconds() then 100
    when p_month_scaled_cost_usd * 10 >= p_monthly_cap * 9 * app.billing_month_seconds() then 90
    when p_month_scaled_cost_usd * 10 >= p_monthly_cap * 8 * app.billing_month_seconds() then 80
    else 0
  end;
end
$$;

-- Conditions of triggers are evaluated with the rights of the role that writes a row.
grant execute on function app.cap_level(numeric, numeric) to service_role;
