-- What a balance does is a policy: from where on it is low, how far it may be overdrawn, how long an account that has
-- nothing left goes on working, how many projects its users may then create, and the most that a month may cost.

-- What holds for accounts where nothing else is said. There is no row until an administrator says it, and then one:
-- `app.policy_in_force` knows what holds until then.
create table app.default_credit_policy (
  id boolean not null default true,
  warn_below numeric(20, 2),
  overdraft numeric(20, 2),
  grace_days integer,
  -- Null: what the cluster's settings allow (`projects_without_credit`).
  projects_when_exhausted integer,
  updated_at timestamptz not null default app.now(),

  constraint default_credit_policy_pkey primary key (id),
  constraint default_credit_policy_is_one check (id),
  constraint default_credit_policy_warn_below_is_an_amount check (warn_below between 0 and 10000000),
  constraint default_credit_policy_overdraft_is_an_amount check (overdraft between 0 and 10000000),
  constraint default_credit_policy_grace_is_days check (grace_days between 0 and 3650),
  constraint default_credit_policy_projects_are_few check (projects_when_exhausted between 0 and 1000)
);
call app.secure_table('app.default_credit_policy');

-- Where an account differs. What is null is as the default says; a cap has no default.
create table app.credit_policies (
  account_owner_id text collate "C" not null,
  warn_below numeric(20, 2),
  overdraft numeric(20, 2),
  grace_days integer,
  projects_when_exhausted integer,
  -- US dollars in a month (UTC), by the days of that month.
  monthly_cap numeric(20, 2),
  updated_at timestamptz not null default app.now(),

  constraint credit_policies_pkey primary key (account_owner_id),
  constraint credit_policies_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint credit_policies_warn_below_is_an_amount check (warn_below between 0 and 10000000),
  constraint credit_policies_overdraft_is_an_amount check (overdraft between 0 and 10000000),
  constraint credit_policies_grace_is_days check (grace_days between 0 and 3650),
  constraint credit_policies_projects_are_few check (projects_when_exhausted between 0 and 1000),
  constraint credit_policies_monthly_cap_is_an_amount check (monthly_cap > 0 and monthly_cap <= 10000000)
);
call app.secure_table('app.credit_policies');

-- What the policy makes of an account stands in the row that every movement of its credits writes anyway. PostgreSQL
-- only notes the new columns, and writes no row: `app.now()` stands still.
alter table public.user_credits
  -- `good`, `low`, `exhausted`, or `overdue`: exhausted for longer than the grace period.
  add column state text collate "C" not null default 'good',
  -- squawk-ignore adding-field-with-default
  add column state_since timestamptz not null default app.now(),
  -- When the grace period began.
  add column exhausted_at timestamptz,
  -- The month (its first day, UTC) that was last posted in, and what its days have cost so far.
  -- squawk-ignore adding-field-with-default
  add column month date not null default date_trunc('month', app.now() at time zone 'UTC')::date,
  add column month_scaled_cost_usd numeric(44, 18) not null default 0,
  -- How much of the cap the month has cost, in per cent, as far as anybody is told: 0, 80, 90 or 100.
  add column cap_level integer not null default 0,
  -- When time alone changes something: the grace period ends, or the month for which a level of the cap was reached.
  add column due_at timestamptz,
  -- The policy in force. Copied from the tables above, because every movement is compared with it.
  add column warn_below numeric(20, 2) not null default 10,
  add column overdraft numeric(20, 2) not null default 0,
  add column grace_days integer not null default 14,
  add column projects_when_exhausted integer,
  add column monthly_cap numeric(20, 2);

-- A later file looks at the rows that are there.
alter table public.user_credits
  add constraint user_credits_state_is_known check (state in ('good', 'low', 'exhausted', 'overdue')) not valid,
  add constraint user_credits_grace_begins_with_exhaustion
    check ((state in ('exhausted', 'overdue')) = (exhausted_at is not null)) not valid,
  add constraint user_credits_month_is_its_first_day check (extract(day from month) = 1) not valid,
  add constraint user_credits_cap_level_is_known check (cap_level in (0, 80, 90, 100)) not valid;

-- By whomever it is written, a row says what its numbers and its policy make of it. The functions in the condition are
-- inlined: so a movement that changes no state pays for a few comparisons, and calls nothing.
create trigger begin_credit_state
  before insert on public.user_credits
  for each row execute function app.begin_credit_state();
create trigger set_credit_state
  before update on public.user_credits
  for each row
  when (
    app.credit_state(new.last_seq, new.balance, new.warn_below, new.overdraft, new.state = 'overdue') <> new.state
    or app.cap_level(new.month_scaled_cost_usd, new.monthly_cap) <> new.cap_level
    or new.month <> old.month
    -- Costs of which it is not said how much the present month has of them.
    or new.scaled_cost_usd <> old.scaled_cost_usd
      and new.month_scaled_cost_usd = old.month_scaled_cost_usd and new.month = old.month
    or (new.state, new.state_since, new.exhausted_at, new.cap_level, new.due_at, new.grace_days)
      is distinct from (old.state, old.state_since, old.exhausted_at, old.cap_level, old.due_at, old.grace_days)
  )
  execute function app.set_credit_state();

-- How many projects an account's users may create follows from its state, for the whole team.
drop trigger want_account on public.user_credits;
create trigger want_accounts_of_team
  after update on public.user_credits
  for each row
  when (
    (old.state in ('exhausted', 'overdue') or old.cap_level = 100) <> (new.state in ('exhausted', 'overdue') or new.cap_level = 100)
    or (new.state in ('exhausted', 'overdue') or new.cap_level = 100)
      and old.projects_when_exhausted is distinct from new.projects_when_exhausted
  )
  execute function app.want_accounts_of_team();

-- The copies follow the account's own policy. Those of the default are made by the daily work, a piece at a time.
create trigger apply_policy
  after insert or update or delete on app.credit_policies
  for each row execute function app.apply_policy();

create trigger refuse_written_state
  before update of
    state, state_since, exhausted_at, month, month_scaled_cost_usd, cap_level, due_at,
    warn_below, overdraft, grace_days, projects_when_exhausted, monthly_cap
  on public.user_credits
  for each statement when (current_user = 'service_role')
  execute function app.refuse_write(
    'what a balance does follows from it and from a policy: call PUT /api/credits/policy instead', 'PUT /api/credits/policy'
  );
