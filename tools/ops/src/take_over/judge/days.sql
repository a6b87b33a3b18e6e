-- What days were charged, and who paid for them.

-- Of a day that stands there twice, one row has both.
create temp table given_days on commit drop as
select
  d.*,
  -- Days ahead are paid by who pays from now on.
  case
    when d.date > (now() at time zone 'UTC')::date then coalesce(u.account_owner_id, u.id)
    else coalesce(a.account_owner_id, a.id, u.account_owner_id, u.id)
  end as payer,
  a.id as account_id,
  a.account_owner_id is not null as is_of_a_member,
  coalesce(d.fitting_cpu_hours, 0) as cpu_hours,
  coalesce(d.fitting_gpu_hours, 0) as gpu_hours,
  coalesce(d.fitting_storage_gb, 0) as storage_gb,
  coalesce(d.fitting_cost, 0) as cost
from (
  select
    place, id, user_id, account_owner_id, date, created_at, updated_at,
    cpu_hours as given_cpu_hours, gpu_hours as given_gpu_hours, storage_gb as given_storage_gb, total_cost as given_cost,
    row_number() over (partition by user_id, date order by created_at, place) as copy,
    case when id is not null then row_number() over (partition by id order by place) end as id_copy,
    pg_temp.fitting(cpu_hours, 0) as fitting_cpu_hours,
    pg_temp.fitting(gpu_hours, 0) as fitting_gpu_hours,
    pg_temp.fitting(storage_gb, 0) as fitting_storage_gb,
    pg_temp.fitting(total_cost, -1e12) as fitting_cost
  from old_usage_daily
  where date between '0001-01-01' and '9999-12-31'
) d
join new_users u on u.id = d.user_id
left join new_users a on a.id = d.account_owner_id;
analyze given_days;

create temp table new_days on commit drop as
select
  d.place, case when d.id_copy = 1 then d.id else gen_random_uuid() end as id, d.user_id, d.date, d.payer,
  coalesce(d.created_at, d.updated_at, now()) as created_at,
  coalesce(d.updated_at, d.created_at, now()) as updated_at,
  round(d.cpu_hours + coalesce(s.cpu_hours, 0), 6) as cpu_hours,
  round(d.gpu_hours + coalesce(s.gpu_hours, 0), 6) as gpu_hours,
  round(d.storage_gb + coalesce(s.storage_gb, 0), 6) as storage_gb,
  round(d.cost + coalesce(s.cost, 0), 6) as cost
from given_days d
left join (
  select user_id, date, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours, sum(storage_gb) as storage_gb, sum(cost) as cost
  from given_days
  where copy > 1
  group by user_id, date
) s on s.user_id = d.user_id and s.date = d.date
where d.copy = 1;
analyze new_days;

insert into troubles
select 'usage_daily', d.place, d.id::text, case when d.date between '0001-01-01' and '9999-12-31' is not true then 'days.date_unusable' else 'days.user_unknown' end, d.user_id
from old_usage_daily d
where not exists (select from given_days g where g.place = d.place);
insert into troubles
select 'usage_daily', place, id::text, 'days.date_twice', format('%s of %s', date, user_id) from given_days where copy > 1
union all
select 'usage_daily', place, id::text, 'days.account_null', format('%s of %s', date, user_id)
from given_days
where account_owner_id is null
union all
select 'usage_daily', place, id::text, 'days.account_unknown', format('%s of %s, charged to %s', date, user_id, account_owner_id)
from given_days
where account_owner_id is not null and account_id is null
union all
select 'usage_daily', place, id::text, 'days.account_of_a_member', format('%s of %s, charged to %s', date, user_id, account_id)
from given_days
where is_of_a_member
union all
select 'usage_daily', place, id::text, 'days.ahead_of_another_account', format('%s of %s, charged to %s', date, user_id, account_id)
from given_days
where account_id is not null and not is_of_a_member and payer <> account_id
union all
select 'usage_daily', place, id::text, 'days.number_unusable', format('%s of %s', date, user_id)
from given_days
where fitting_cpu_hours is null or fitting_gpu_hours is null or fitting_storage_gb is null or fitting_cost is null
union all
select 'usage_daily', place, id::text, 'days.fraction', format('%s of %s', date, user_id)
from given_days
where round(cpu_hours, 6) <> cpu_hours or round(gpu_hours, 6) <> gpu_hours or round(storage_gb, 6) <> storage_gb
  or round(cost, 2) <> cost
union all
select 'usage_daily', place, id::text, 'days.time_null', format('%s of %s', date, user_id) 
from given_days
where created_at is null or updated_at is null;
insert into troubles
select 'usage_daily', g.place, g.id::text, 'days.date_twice', format('%s of %s', g.date, g.user_id)
from given_days g
where g.copy = 1 and exists (
  select from given_days o where o.copy = 2 and o.user_id = g.user_id and o.date = g.date
);

insert into troubles
select 'usage_daily', n.place, g.id::text, 'days.id_unusable', format('%s of %s', n.date, n.user_id)
from new_days n
join given_days g on g.place = n.place
where g.id is distinct from n.id;

insert into effects
select 'days', 'all', -count(*), t.kind
from troubles t
where t.kind in ('days.date_unusable', 'days.user_unknown')
  or (t.kind = 'days.date_twice' and exists (select from given_days g where g.place = t.place and g.copy > 1))
group by t.kind
union all
select v.line, 'all', -sum(pg_temp.finite(v.given)), t.kind
from troubles t
join old_usage_daily d on d.place = t.place
cross join lateral (values
  ('charged for days', d.total_cost), ('CPU hours of days', d.cpu_hours), ('GPU hours of days', d.gpu_hours),
  ('gigabytes of days', d.storage_gb)
) v (line, given)
where t.kind in ('days.date_unusable', 'days.user_unknown')
group by v.line, t.kind
union all
select v.line, 'all', sum(v.read - pg_temp.finite(v.given)), 'days.number_unusable'
from given_days g
cross join lateral (values
  ('charged for days', g.given_cost, g.cost), ('CPU hours of days', g.given_cpu_hours, g.cpu_hours),
  ('GPU hours of days', g.given_gpu_hours, g.gpu_hours), ('gigabytes of days', g.given_storage_gb, g.storage_gb)
) v (line, given, read)
where g.place in (select t.place from troubles t where t.kind = 'days.number_unusable')
group by v.line
union all
-- What rounding moved.
select v.line, 'all', v.kept - v.read, 'days.fraction'
from (select sum(cost) as cost, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours, sum(storage_gb) as storage_gb from given_days) g
cross join (select sum(cost) as cost, sum(cpu_hours) as cpu_hours, sum(gpu_hours) as gpu_hours, sum(storage_gb) as storage_gb from new_days) n
cross join lateral (values
  ('charged for days', g.cost, n.cost), ('CPU hours of days', g.cpu_hours, n.cpu_hours),
  ('GPU hours of days', g.gpu_hours, n.gpu_hours), ('gigabytes of days', g.storage_gb, n.storage_gb)
) v (line, read, kept)
where v.kept <> v.read;

-- Who paid on which day, as the days say it, and from the day after the last one as it is now.
create temp table new_memberships on commit drop as
with past_days as (
  select * from new_days where date <= (now() at time zone 'UTC')::date
),
day as (
  select user_id, date, payer, lag(payer) over (partition by user_id order by date) as payer_before from past_days
),
last_day as (
  select distinct on (user_id) user_id, date, payer from past_days order by user_id, date desc
),
first_day as (
  select distinct on (user_id) user_id, payer from past_days order by user_id, date
)
select
  u.id as user_id,
  '-infinity'::date as effective_on,
  -- A deleted member belonged to a team until then.
  coalesce(f.payer, case when u.status = 'deleted' then coalesce(o.account_owner_id, o.id) end, u.account_owner_id, u.id) as payer
from new_users u
left join first_day f on f.user_id = u.id
left join new_users o on o.id = u.given_owner_id
union all
select user_id, date, payer from day where payer_before <> payer
union all
select
  u.id,
  greatest(
    l.date,
    case when u.status = 'deleted' then (case when isfinite(u.deleted_at) then u.deleted_at else now() end at time zone 'UTC')::date end
  ) + 1,
  coalesce(u.account_owner_id, u.id)
from new_users u
left join last_day l on l.user_id = u.id
left join new_users o on o.id = u.given_owner_id
where coalesce(l.payer, case when u.status = 'deleted' then coalesce(o.account_owner_id, o.id) end, u.account_owner_id, u.id)
  <> coalesce(u.account_owner_id, u.id);
analyze new_memberships;
