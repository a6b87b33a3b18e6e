-- The seconds of a billing month, which has 30 days of 24 hours. No other place says the number.
--
-- Storage is measured in gigabyte-seconds and priced by the gigabyte-month, and the division by these seconds may never
-- end. To keep costs exact, a `scaled_cost_usd` is US dollars times the seconds of a billing month: there every price
-- gives a finite decimal. It is divided once, where a cost is rounded or shown.
create or replace function app.billing_month_seconds() returns numeric
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return 2592000::numeric;
end
$$;

-- Computed columns and constraints are evaluated with the rights of the role that writes a row.
grant execute on function app.billing_month_seconds() to service_role;
