-- What accounts have bought and used.

-- A user's own row, or rows. A member's are the paying account's.
create temp table given_credits on commit drop as
select
  c.*,
  coalesce(u.account_owner_id, u.id) as payer,
  -- What is left is what a balance says, where the web app keeps one.
  c.fitting_balance is not null and pg_temp.choice('balance') is distinct from 'totals' as has_balance,
  case
    when c.fitting_balance is not null and pg_temp.choice('balance') is distinct from 'totals' then c.fitting_balance
    else coalesce(c.fitting_bought, 0) - coalesce(c.fitting_used, 0)
  end as remaining,
  coalesce(c.fitting_bought, 0) as bought,
  coalesce(c.fitting_used, 0) as used,
  coalesce(c.fitting_cpu_hours, 0) as cpu_hours,
  coalesce(c.fitting_gpu_hours, 0) as gpu_hours,
  coalesce(c.fitting_storage_gb_months, 0) as storage_gb_months
from (
  select
    place, id, user_id, created_at, updated_at,
    balance, total_purchased, total_used, cpu_hours_used, gpu_hours_used, storage_gb_months as given_storage_gb_months,
    row_number() over (partition by user_id order by created_at, updated_at, place) as copy,
    case when id is not null then row_number() over (partition by id order by place) end as id_copy,
    case
      when balance > '-Infinity' and balance < 'Infinity' then balance
      else pg_temp.finite(total_purchased) - pg_temp.finite(total_used)
    end as given_remaining,
    pg_temp.fitting(balance, -1e12) as fitting_balance,
    pg_temp.fitting(total_purchased, -1e12) as fitting_bought,
    pg_temp.fitting(total_used, -1e12) as fitting_used,
    pg_temp.fitting(cpu_hours_used, 0) as fitting_cpu_hours,
    pg_temp.fitting(gpu_hours_used, 0) as fitting_gpu_hours,
    pg_temp.fitting(storage_gb_months, 0) as fitting_storage_gb_months
  from old_user_credits
) c
join new_users u on u.id = c.user_id;
analyze given_credits;

insert into troubles
select 'user_credits', c.place, c.id::text, 'credits.user_unknown', c.user_id
from old_user_credits c
where not exists (select from given_credits g where g.place = c.place);
insert into troubles
select 'user_credits', place, id::text, 'credits.second_row', user_id
from given_credits
where copy > 1 or user_id in (select g.user_id from given_credits g where g.copy = 2)
union all
select 'user_credits', place, id::text, 'credits.of_a_member', user_id
from given_credits
where payer <> user_id and (remaining <> 0 or bought <> 0 or used <> 0 or cpu_hours <> 0 or gpu_hours <> 0 or storage_gb_months <> 0)
union all
select 'user_credits', place, id::text, 'credits.number_unusable', user_id
from given_credits
where fitting_bought is null or fitting_used is null or fitting_cpu_hours is null or fitting_gpu_hours is null
  or fitting_storage_gb_months is null
union all
select 'user_credits', place, id::text, 'credits.fraction', user_id
from given_credits
where round(remaining, 2) <> remaining or round(bought, 2) <> bought or round(used, 2) <> used or round(cpu_hours, 6) <> cpu_hours
  or round(gpu_hours, 6) <> gpu_hours or round(storage_gb_months, 6) <> storage_gb_months
union all
select 'user_credits', place, id::text, 'credits.time_null', user_id 
from given_credits
where created_at is null or updated_at is null;

-- One row for each owner, and for each member who had one: it stays, with nothing in it.
create temp table new_credits on commit drop as
select
  own.place,
  case when own.id_copy = 1 then own.id else gen_random_uuid() end as id,
  u.id as user_id,
  coalesce(own.created_at, u.created_at) as created_at,
  coalesce(own.updated_at, own.created_at, u.created_at) as updated_at,
  pg_temp.cents(coalesce(s.bought, 0)) as bought,
  pg_temp.cents(coalesce(s.used, 0)) as used,
  round(coalesce(s.cpu_hours, 0), 6) as cpu_hours,
  round(coalesce(s.gpu_hours, 0), 6) as gpu_hours,
  round(coalesce(s.storage_gb_months, 0), 6) as storage_gb_months,
  -- Rounded by itself where there is a balance; else it is the difference of what is rounded.
  case
    when s.has_balance then pg_temp.cents(s.remaining)
    else pg_temp.cents(coalesce(s.bought, 0)) - pg_temp.cents(coalesce(s.used, 0))
  end as remaining,
  coalesce(s.remaining, 0) as exactly_remaining,
  coalesce(s.bought, 0) as exactly_bought,
  coalesce(s.used, 0) as exactly_used,
  coalesce(s.cpu_hours, 0) as exact_cpu_hours,
  coalesce(s.gpu_hours, 0) as exact_gpu_hours,
  coalesce(s.storage_gb_months, 0) as exact_storage_gb_months
from new_users u
left join given_credits own on own.user_id = u.id and own.copy = 1
left join (
  select
    payer,
    bool_or(has_balance) as has_balance,
    sum(remaining) as remaining,
    sum(bought) as bought,
    sum(used) as used,
    sum(cpu_hours) as cpu_hours,
    sum(gpu_hours) as gpu_hours,
    sum(storage_gb_months) as storage_gb_months
  from given_credits
  group by payer
) s on s.payer = u.id
where u.account_owner_id is null or own.place is not null;
analyze new_credits;

insert into troubles
select 'user_credits', n.place, g.id::text, 'credits.id_unusable', n.user_id
from new_credits n
join given_credits g on g.place = n.place
where g.id is distinct from n.id;

insert into troubles
select 'user_credits', place, id::text, 'credits.balance_differs', format('%s: %s instead of %s', user_id, balance, bought - used)
from given_credits
where balance <> bought - used;
insert into troubles
select 'user_credits', n.place, n.id::text, 'credits.of_a_team', n.user_id
from new_credits n
where n.place is not null and n.user_id in (
  select g.payer
  from given_credits g
  join troubles t on t.place = g.place and t.kind = 'credits.of_a_member'
);

-- Less than nothing was bought or used: the entry of what was adjusted has it.
insert into troubles
select 'user_credits', n.place, n.id::text, 'credits.less_than_nothing', n.user_id
from new_credits n
where n.bought < 0 or n.used < 0;
insert into remarks
select 'user_credits', 'credits.overdrawn', count(*), (array_agg(format('%s: %s USD', user_id, remaining) order by remaining))[1:3]
from new_credits
where remaining < 0;
insert into remarks
select
  'user_credits', 'credits.opening', count(*),
  (array_agg(format('%s: %s bought, %s used', user_id, bought, used) order by bought desc))[1:3]
from new_credits
where bought <> 0 or used <> 0;
insert into remarks
select 'usage_daily', 'days.as_charged', count(*), null from old_usage_daily;
insert into remarks
select
  'usage_daily', 'days.in_the_future', count(*), (array_agg(format('%s of %s', date, user_id) order by date))[1:3]
from old_usage_daily
where date > (now() at time zone 'UTC')::date;

insert into effects
select f.line, f.key, sum(f.amount), f.kind
from (
  select * from given_credits where place in (
    select place from troubles where kind in ('credits.of_a_member', 'credits.number_unusable')
  )
  offset 0
) g
cross join lateral (values
  ('bought', g.total_purchased, g.bought),
  ('used', g.total_used, g.used),
  ('CPU hours', g.cpu_hours_used, g.cpu_hours),
  ('GPU hours', g.gpu_hours_used, g.gpu_hours),
  ('storage GB-months', g.given_storage_gb_months, g.storage_gb_months)
) v (line, given, read)
cross join lateral (values
  (v.line, g.user_id, v.read - pg_temp.finite(v.given), 'credits.number_unusable'),
  (v.line, g.user_id, case when g.payer <> g.user_id then -v.read end, 'credits.of_a_member'),
  (v.line, g.payer, case when g.payer <> g.user_id then v.read end, 'credits.of_a_member')
) f (line, key, amount, kind)
where f.amount <> 0
group by f.line, f.key, f.kind
union all
-- The sum of an account is rounded, once.
select v.line, n.user_id, v.kept - v.exact, 'credits.fraction'
from new_credits n
cross join lateral (values
  ('bought', n.exactly_bought, n.bought),
  ('used', n.exactly_used, n.used),
  ('CPU hours', n.exact_cpu_hours, n.cpu_hours),
  ('GPU hours', n.exact_gpu_hours, n.gpu_hours),
  ('storage GB-months', n.exact_storage_gb_months, n.storage_gb_months)
) v (line, exact, kept)
where n.user_id in (select g.payer from given_credits g join troubles t on t.place = g.place and t.kind = 'credits.fraction')
  and v.kept <> v.exact
union all
select v.line, coalesce(c.user_id, 'nobody'), -pg_temp.finite(v.given), t.kind
from troubles t
join old_user_credits c on c.place = t.place
cross join lateral (values
  ('bought', c.total_purchased), ('used', c.total_used), ('CPU hours', c.cpu_hours_used),
  ('GPU hours', c.gpu_hours_used), ('storage GB-months', c.storage_gb_months)
) v (line, given)
where t.kind = 'credits.user_unknown' and pg_temp.finite(v.given) <> 0
union all
select v.line, n.user_id, -v.amount, 'credits.less_than_nothing'
from new_credits n
cross join lateral (values ('bought', n.bought), ('used', n.used)) v (line, amount)
where v.amount < 0;
insert into effects
select 'left', f.key, sum(f.amount), f.kind
from given_credits g
cross join lateral (values
  (
    g.user_id, g.remaining - g.given_remaining,
    case when g.fitting_balance is null then 'credits.number_unusable' else 'credits.balance_differs' end
  ),
  (g.user_id, case when g.payer <> g.user_id then -g.remaining end, 'credits.of_a_member'),
  (g.payer, case when g.payer <> g.user_id then g.remaining end, 'credits.of_a_member')
) f (key, amount, kind)
where f.amount <> 0
group by f.key, f.kind
union all
select 'left', n.user_id, n.remaining - n.exactly_remaining, 'credits.fraction'
from new_credits n
where n.remaining <> n.exactly_remaining
union all
select
  'left', coalesce(c.user_id, 'nobody'),
  -case
    when c.balance > '-Infinity' and c.balance < 'Infinity' then c.balance
    else pg_temp.finite(c.total_purchased) - pg_temp.finite(c.total_used)
  end,
  t.kind
from troubles t
join old_user_credits c on c.place = t.place
where t.kind = 'credits.user_unknown';
