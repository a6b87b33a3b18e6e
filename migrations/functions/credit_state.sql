-- What a balance makes of an account: `good`, `low`, `exhausted` or `overdue`. Who has bought and used nothing has not run
-- out of anything. `p_is_overdue`: whether somebody has found that the grace period is over.
--
-- It is asked at every movement of credits, in the condition of a trigger. In SQL it would be read anew, and inlined, in
-- each statement.
create or replace function app.credit_state(
  p_last_seq bigint,
  p_balance numeric,
  p_warn_below numeric,
  p_overdraft numeric,
  p_is_overdue boolean
) returns text
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_last_seq is null then 'good'
    when p_balance + p_overdraft <= 0 then case when p_is_overdue then 'overdue' else 'exhausted' end
    when p_balance < p_warn_below then 'low'
    else 'good'
  end;
end
$$;

-- Conditions of triggers are evaluated with the rights of the role that writes a row.
grant execute on function app.credit_state(bigint, numeric, numeric, numeric, boolean) to service_role;
