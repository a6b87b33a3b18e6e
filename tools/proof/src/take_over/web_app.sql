-- The database that the seed documents describe, as their web app would have made it, with rows of all kinds that such a
-- database holds after a year. Its roles are there already.

create or replace function public.update_updated_at_column() returns trigger language plpgsql as
$$ begin new.updated_at = now(); return new; end $$;

create table if not exists users (
  id text primary key,
  email text unique not null,
  name text,
  is_admin boolean default false,
  status text default 'active' check (status in ('active', 'suspended', 'deleted')),
  account_owner_id text references users(id),
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_login_at timestamptz,
  login_count integer default 0,
  metadata jsonb default '{}'
);
create table if not exists user_credits (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade unique,
  total_purchased decimal(10,2) default 0,
  total_used decimal(10,2) default 0,
  cpu_hours_used decimal(10,2) default 0,
  gpu_hours_used decimal(10,2) default 0,
  storage_gb_months decimal(10,2) default 0,
  updated_at timestamptz default now()
);
create table if not exists hopsworks_clusters (
  id uuid primary key default gen_random_uuid(),
  name text unique not null,
  api_url text not null,
  api_key text not null,
  max_users integer default 100,
  current_users integer default 0,
  status text default 'active' check (status in ('active', 'maintenance', 'full', 'inactive')),
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table if not exists user_hopsworks_assignments (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade,
  hopsworks_cluster_id uuid references hopsworks_clusters(id) on delete cascade,
  assigned_at timestamptz default now(),
  unique (user_id, hopsworks_cluster_id)
);
create table if not exists clusters (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade,
  deployment_type text,
  zone text,
  status text default 'provisioning',
  hopsworks_project_id text,
  hopsworks_api_key text,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table if not exists instances (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade unique,
  instance_name text,
  hopsworks_url text,
  status text default 'provisioning',
  created_at timestamptz default now(),
  activated_at timestamptz,
  deleted_at timestamptz
);
create table if not exists usage_daily (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade,
  account_owner_id text references users(id),
  date date not null,
  cpu_hours decimal(10,2) default 0,
  gpu_hours decimal(10,2) default 0,
  storage_gb decimal(10,2) default 0,
  total_cost decimal(10,2) default 0,
  created_at timestamptz default now(),
  unique (user_id, date)
);
create table if not exists team_invites (
  id uuid primary key default gen_random_uuid(),
  account_owner_id text references users(id) on delete cascade,
  email text not null,
  token text unique not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by_user_id text references users(id),
  created_at timestamptz default now()
);
-- What the web app has besides, and goes on using.
alter table users add column if not exists stripe_customer_id text;
alter table users add column if not exists registration_ip inet;
create table if not exists credit_transactions (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade,
  amount decimal(10,2) not null,
  type text,
  description text,
  created_at timestamptz default now()
);
create table if not exists billing_history (
  id uuid primary key default gen_random_uuid(),
  user_id text references users(id) on delete cascade,
  invoice_id text unique not null,
  amount decimal(10,2) not null,
  status text default 'pending'
);
create or replace view user_overview as
  select u.id, u.email, c.total_purchased - c.total_used as balance
  from users u left join user_credits c on c.user_id = u.id;
create or replace function increment_cluster_users(cluster_id uuid) returns void language sql as
$$ update hopsworks_clusters set current_users = current_users + 1 where id = cluster_id $$;
alter table users enable row level security;
drop policy if exists "Service role full access users" on users;
create policy "Service role full access users" on users for all using (true);
drop trigger if exists update_users_updated_at on users;
create trigger update_users_updated_at before update on users for each row execute function update_updated_at_column();
create index if not exists idx_users_email on users(email);
create index if not exists idx_usage_daily_user_date on usage_daily(user_id, date);
grant all on all tables in schema public to anon, authenticated, service_role;

insert into users (id, email, name, is_admin, status, account_owner_id, created_at, last_login_at, login_count, metadata) values
 ('auth0|ann', 'Ann@example.com', 'Ann', true, 'active', null, '2025-09-01', '2026-11-20', 50, '{"tags": ["beta"]}'),
 ('auth0|bob', 'bob@example.com', 'Bob', false, 'active', 'auth0|ann', '2025-09-02', '2026-11-21', 20, '{}'),
 ('google-oauth2|ann', 'ann@example.com', 'Ann again', false, 'active', null, '2025-10-01', null, 0, '{}'),
 ('auth0|cy', 'cy@example.com', null, null, 'suspended', null, '2025-10-05', null, 0, null),
 ('auth0|dot', 'dot@example.com', '', false, 'deleted', null, '2025-10-06', null, 0, '{}'),
 ('auth0|eve', 'eve@example.com', 'Eve, a member of a member', false, 'active', 'auth0|bob', '2025-10-07', null, 3, '{}');
insert into user_credits (user_id, total_purchased, total_used, cpu_hours_used, gpu_hours_used, storage_gb_months) values
 ('auth0|ann', 500.00, 123.45, 400.5, 10.25, 3), ('auth0|bob', 0, 10, 57.14, 0, 0), ('google-oauth2|ann', 10, 25.5, 100, 1, 0);
insert into hopsworks_clusters (id, name, api_url, api_key, max_users, current_users, status) values
 ('11111111-1111-1111-1111-111111111111', 'demo.hops.works', 'https://demo.hops.works', 'plain-key-1', 2, 1, 'active'),
 ('22222222-2222-2222-2222-222222222222', 'eu.hops.works', 'https://eu.hops.works/', 'plain-key-2', 100, 7, 'maintenance');
insert into user_hopsworks_assignments (user_id, hopsworks_cluster_id) values
 ('auth0|ann', '11111111-1111-1111-1111-111111111111'), ('auth0|bob', '11111111-1111-1111-1111-111111111111'),
 ('google-oauth2|ann', '11111111-1111-1111-1111-111111111111'), ('auth0|ann', '22222222-2222-2222-2222-222222222222');
insert into clusters (user_id, deployment_type, zone, status, hopsworks_project_id, hopsworks_api_key) values
 ('auth0|ann', 'serverless', 'us-east-1a', 'active', '119', 'plain-project-key'), ('auth0|cy', 'gpu', 'eu', 'weird', null, null);
insert into instances (user_id, instance_name, hopsworks_url, status, activated_at) values
 ('auth0|ann', 'ann-instance', 'https://demo.hops.works', 'active', '2025-09-01'), ('auth0|cy', 'cy', null, 'provisioning', null);
insert into usage_daily (user_id, account_owner_id, date, cpu_hours, gpu_hours, storage_gb, total_cost) values
 ('auth0|ann', 'auth0|ann', '2026-10-01', 10, 1, 5, 5.25), ('auth0|bob', 'auth0|ann', '2026-10-01', 4.5, 0, 0, 0.79),
 ('auth0|ann', null, '2026-11-20', 3, 0, 0, 0.53), ('auth0|bob', 'auth0|ann', '2026-11-25', 2.25, 0.5, 1, 1.4);
insert into team_invites (account_owner_id, email, token, expires_at, accepted_at, accepted_by_user_id) values
 ('auth0|ann', 'bob@example.com', 'plain-token-1', '2025-09-10', '2025-09-02', 'auth0|bob'),
 ('auth0|ann', 'Fay@Example.com', 'plain-token-2', now() + interval '3 days', null, null);
insert into credit_transactions (user_id, amount, type, description) values
 ('auth0|ann', 500, 'purchase', 'first pack'), ('auth0|ann', -123.45, 'usage', null);
insert into billing_history (user_id, invoice_id, amount, status) values ('auth0|ann', 'in_1', 500, 'paid');
