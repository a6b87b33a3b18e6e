-- Computes what an account's balance, its month and its policy make of it, whoever writes them.
--
-- That a grace period is over is found by the daily work, which says so by writing `overdue`: who is overdue is suspended,
-- and that takes locks that nobody has who records usage. Until then the state stays `exhausted`, and once found it stays
-- `overdue` until the balance or the policy say otherwise.
--
-- Who writes costs says how much of them is the present month's. Where that is not said (by hand, or by an older release),
-- the month's days are added up; they were written before.
--
-- A row that both its triggers find (`set_written_credit_state` too) passes twice: the second time changes nothing.
create or replace function app.set_credit_state() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state text := app.credit_state(new.last_seq, new.balance, new.warn_below, new.overdraft, false);
  v_grace_ends_at timestamptz;
begin
  if new.scaled_cost_usd <> old.scaled_cost_usd
    and new.month_scaled_cost_usd = old.month_scaled_cost_usd
    and new.month = old.month
  then
    new.month := greatest(old.month, date_trunc('month', app.now() at time zone 'UTC')::date);
    new.month_scaled_cost_usd := app.cost_of_month(new.user_id, new.month);
  end if;
  new.cap_level := app.cap_level(new.month_scaled_cost_usd, new.monthly_cap);

  if v_state = 'exhausted' then
    new.exhausted_at := coalesce(old.exhausted_at, app.now());
    v_grace_ends_at := new.exhausted_at + new.grace_days * interval '24 hours';
    if new.state = 'overdue' and v_grace_ends_at <= app.now() then
      v_state := 'overdue';
    end if;
  else
    new.exhausted_at := null;
  end if;
  new.state := v_state;
  new.state_since := case when v_state = old.state then old.state_since else app.now() end;
  -- The lesser of those that there are.
  new.due_at := least(
    case when v_state = 'exhausted' then v_grace_ends_at end,
    case when new.cap_level > 0 then (new.month + interval '1 month') at time zone 'UTC' end
  );
  return new;
end
$$;
