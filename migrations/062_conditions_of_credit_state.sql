-- PostgreSQL reads a trigger's condition anew in each statement, and inlines what it calls in SQL: that cost a reading more
-- than all that it compares. So a condition asks only for what a movement can change; that somebody writes a state, its
-- columns say; and what the accounts of a team must follow is decided by the function.
-- Nobody waits for long: a trigger has no rows to read.
drop trigger set_credit_state on public.user_credits;
create trigger set_credit_state
  before update on public.user_credits
  for each row
  when (
    app.credit_state(new.last_seq, new.balance, new.warn_below, new.overdraft, new.state = 'overdue') <> new.state
    -- Most accounts have no cap, and never had.
    or (new.monthly_cap is not null or new.cap_level > 0)
      and app.cap_level(new.month_scaled_cost_usd, new.monthly_cap) <> new.cap_level
    or new.month <> old.month
    -- Costs of which it is not said how much the present month has of them.
    or new.scaled_cost_usd <> old.scaled_cost_usd and new.month_scaled_cost_usd = old.month_scaled_cost_usd
  )
  execute function app.set_credit_state();
create trigger set_written_credit_state
  before update of state, state_since, exhausted_at, cap_level, due_at, grace_days on public.user_credits
  for each row execute function app.set_credit_state();

drop trigger want_accounts_of_team on public.user_credits;
create trigger want_accounts_of_team
  after update on public.user_credits
  for each row
  when (
    new.state <> old.state
    or new.cap_level <> old.cap_level
    or new.projects_when_exhausted is distinct from old.projects_when_exhausted
  )
  execute function app.want_accounts_of_team();
