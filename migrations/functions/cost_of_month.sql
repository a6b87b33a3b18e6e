-- What an account's days of a month have cost, exactly (see `app.billing_month_seconds`). With what another system had
-- charged of them: a month has one cost.
create or replace function app.cost_of_month(p_account_owner_id text, p_month date) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(sum(d.scaled_cost_usd), 0)
    from public.usage_daily d
    -- As pairs, which no index but that of the account can look up.
    where d.account_owner_id = p_account_owner_id
      and (d.account_owner_id, d.date) >= (p_account_owner_id, p_month)
      and (d.account_owner_id, d.date) < (p_account_owner_id, (p_month + interval '1 month')::date)
  );
end
$$;
