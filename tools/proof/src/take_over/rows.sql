-- Rows for the web app's tables. `n` numbers the users: in blocks of ten, the first two after the first are its members.

truncate users, user_credits, hopsworks_clusters, user_hopsworks_assignments, clusters, instances, usage_daily,
  team_invites, credit_transactions, billing_history;
-- Others hold what refers to nothing.
alter table users drop constraint users_account_owner_id_fkey;
alter table user_credits drop constraint user_credits_user_id_fkey;
alter table user_hopsworks_assignments
  drop constraint user_hopsworks_assignments_user_id_fkey,
  drop constraint user_hopsworks_assignments_hopsworks_cluster_id_fkey;
alter table clusters drop constraint clusters_user_id_fkey;
alter table instances drop constraint instances_user_id_fkey;
alter table usage_daily drop constraint usage_daily_user_id_fkey, drop constraint usage_daily_account_owner_id_fkey;
alter table users drop constraint users_status_check;
set work_mem = '256MB';
set maintenance_work_mem = '512MB';

create function pg_temp.user_id(p_number bigint) returns text
language sql immutable
as $$ select 'auth0|' || substr(md5('user' || p_number), 1, 24) $$;

create function pg_temp.cluster_id(p_number bigint) returns uuid
language sql immutable
as $$ select md5('cluster' || p_number % greatest(USERS / 5000, 2))::uuid $$;

insert into users
  (id, email, name, is_admin, status, account_owner_id, created_at, last_login_at, login_count, metadata, stripe_customer_id)
select
  pg_temp.user_id(n),
  case when n % 100 = 6 then upper('user' || n - 1 || '@example.com') else 'user' || n || '@example.com' end,
  case when n % 100 = 14 then '' else 'Name ' || n end,
  case when n % 100 <> 3 then n % 5000 = 0 end,
  case n % 100 when 7 then null when 8 then 'banned' when 9 then 'deleted' when 17 then 'suspended' else 'active' end,
  case
    when n % 1000 = 500 then pg_temp.user_id(n)
    when n % 100 = 2 then pg_temp.user_id(n - 1)
    when n % 100 = 21 then 'auth0|gone'
    when n % 10 in (1, 2) then pg_temp.user_id(n - n % 10)
  end,
  timestamptz '2025-09-01' + n % 400 * interval '1 day',
  case when n % 3 > 0 then timestamptz '2026-10-01' + n % 50 * interval '1 day' end,
  n % 40,
  case n % 100 when 4 then null when 5 then '[]'::jsonb else '{"tags": ["beta"]}' end,
  'cus_' || n
from generate_series(0, USERS - 1) n;

insert into user_credits (user_id, total_purchased, total_used, cpu_hours_used, gpu_hours_used, storage_gb_months)
select
  case when n % 100 = 33 then 'auth0|gone' || n else pg_temp.user_id(n) end,
  case when n % 1000 = 13 then 'NaN'::numeric when n % 10 in (1, 2) then 0 else n % 50 * 10 end,
  n % 70 * 1.07, n % 40 * 1.5, n % 7, n % 3
from generate_series(0, USERS - 1) n;

insert into hopsworks_clusters (id, name, api_url, api_key, max_users, current_users, status)
select
  pg_temp.cluster_id(n), 'cluster-' || n, 'https://cluster-' || n || '.example.com', 'plain-key-' || n,
  case when n % 100 = 3 then 10 else 5000 end, n % 7, case when n % 100 = 5 then 'maintenance' else 'active' end
from generate_series(0, greatest(USERS / 5000, 2) - 1) n;

insert into user_hopsworks_assignments (user_id, hopsworks_cluster_id, assigned_at)
select
  case when n % 100 = 34 then 'auth0|gone' || n else pg_temp.user_id(n) end,
  pg_temp.cluster_id(n / 10 + (n % 100 = 12)::integer),
  timestamptz '2025-10-01' + n % 400 * interval '1 day'
from generate_series(0, USERS - 1) n
where n % 10 < 8
union all
-- A second seat.
select pg_temp.user_id(n), pg_temp.cluster_id(n / 10 + 1), timestamptz '2026-01-01'
from generate_series(20, USERS - 1, 100) n;

insert into instances (user_id, instance_name, hopsworks_url, status, activated_at)
select
  pg_temp.user_id(n), 'instance-' || n, 'https://cluster-' || n / 10 % greatest(USERS / 5000, 2) || '.example.com',
  case when n % 100 = 15 then 'weird' else 'active' end, '2025-11-01'
from generate_series(0, USERS - 1) n
where n % 10 < 8;

insert into clusters (user_id, deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key)
select
  pg_temp.user_id(n), 'serverless', 'eu-north-1', case when n % 100 = 25 then 'weird' else 'active' end, n::text, 'plain-project-key-' || n
from generate_series(0, USERS - 1, 5) n;

insert into usage_daily (user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb, total_cost)
select
  case when n % 100 = 35 then 'auth0|gone' || n else pg_temp.user_id(n) end,
  case when n % 100 <> 36 then pg_temp.user_id(case when n % 10 in (1, 2) then n - n % 10 else n end) end,
  (now() at time zone 'UTC')::date - (d / USERS)::integer,
  n % 24, n % 3, n % 100, n % 24 * 0.17 + n % 3 * 2.5
from generate_series(0, DAYS - 1) d
cross join lateral (select d % USERS as n) whose;

insert into team_invites (account_owner_id, email, token, expires_at, created_at)
select
  pg_temp.user_id(n), case when n % 1000 = 10 then 'same' else 'guest' || n end || '@example.com', 'plain-token-' || n,
  now() + (n % 300 - 150) * interval '1 hour', now() - interval '10 days'
from generate_series(0, USERS - 1, 10) n;

analyze;
