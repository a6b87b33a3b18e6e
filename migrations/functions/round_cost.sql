-- A cost in dollars, rounded to the cent, half to even. Only a day that was charged by another system can have a
-- negative one.
create or replace function app.round_cost(p_scaled_cost_usd numeric) returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  -- A cent in the scale of the cost.
  c_cent constant numeric := app.billing_month_seconds() / 100;
  v_cents numeric := div(p_scaled_cost_usd, c_cent);
  v_twice_the_rest numeric := 2 * (p_scaled_cost_usd - v_cents * c_cent);
begin
  if p_scaled_cost_usd < 0 then
    return -app.round_cost(-p_scaled_cost_usd);
  end if;
  if v_twice_the_rest > c_cent or (v_twice_the_rest = c_cent and mod(v_cents, 2) = 1) then
    v_cents := v_cents + 1;
  end if;
  return round(v_cents / 100, 2);
end
$$;

-- Constraints are evaluated with the rights of the role that writes a row.
grant execute on function app.round_cost(numeric) to service_role;
