-- A database of the same shape that was made otherwise: other types, names, keys and rights, and much that hangs on the
-- tables. REPORTING is a role that may own views.

grant usage on schema public to anon, authenticated, service_role, REPORTING;
alter default privileges grant all on tables to anon, authenticated, service_role;
alter default privileges grant execute on functions to anon;

create type user_status as enum ('active', 'suspended', 'deleted');
create domain short_text as character varying(100);
create table plans (id integer primary key, name text);

create table users (
  created_at timestamp default now(),
  plan_id integer references plans (id),
  id character varying(64),
  email character varying(255) not null,
  email_lower text generated always as (lower(email)) stored,
  name short_text,
  is_admin integer default 0,
  status user_status not null default 'active',
  account_owner_id character varying(64),
  metadata json default '{}',
  login_count character varying(10) default '0',
  last_login_at bigint,
  is_owner boolean default true,
  nickname text not null,
  constraint pk_users primary key (id),
  unique (email),
  constraint users_name_is_short check (nickname <> 'x'),
  check (login_count <> 'many')
);
alter table users add foreign key (account_owner_id) references users (id);
create unique index users_email_lower on users (email_lower);
create index users_status_created_at_idx on users (plan_id);
create index users_created_at_idx on users (created_at);
create index users_active on users (plan_id) where status = 'active';
create index users_of_a_day on users ((created_at::date));
create index users_by_mail on users (email varchar_pattern_ops);
create statistics users_statistics on plan_id, status from users;
comment on column users.email is 'where invoices go';
alter table users alter column email set statistics 500;
alter table users enable row level security;
create policy everybody on users using (true);
create policy service_role_full_access on users for select to anon using (is_admin = 0);

create table user_credits (
  user_id character varying(64) primary key references users (id),
  total_purchased double precision default 0,
  total_used numeric(10, 4) default 0,
  balance numeric generated always as (0 - total_used) stored
);
create table hopsworks_clusters (
  id bigserial primary key,
  name character varying(50) unique not null,
  api_url text, api_key text, max_users smallint, current_users bigint, status text, metadata text
);
create table cluster_notes (cluster_name character varying(50) references hopsworks_clusters (name), note text);
create table user_hopsworks_assignments (
  user_id character varying(64) references users (id) on delete cascade,
  hopsworks_cluster_id bigint,
  primary key (user_id, hopsworks_cluster_id)
);
alter table user_hopsworks_assignments add constraint a foreign key (hopsworks_cluster_id) references hopsworks_clusters (id),
  add constraint b foreign key (hopsworks_cluster_id) references hopsworks_clusters (id);
create table clusters (id serial primary key, user_id character varying(64), deployment_type text, deleted_at date);
create table usage_daily (
  user_id character varying(64), date timestamp, cpu_hours text, usage_daily_pkey integer generated always as identity,
  primary key (user_id, date)
);
create table team_invites (id uuid, account_owner_id character varying(64), email text, token text not null);

create table orders (
  id integer primary key,
  user_id character varying(64) references users (id) deferrable initially deferred,
  amount numeric
);
create index usage_daily_account_owner_id_idx on orders (amount);
alter table orders enable row level security;
create policy own on orders to authenticated using (exists (select from users u where u.id = orders.user_id and u.plan_id = 1));

create view emails with (security_barrier) as select id, email, status from users where nickname is not null with local check option;
create view admins with (security_invoker = on) as select e.id, e.email as address from emails e join users u on u.id = e.id where u.plan_id = 1;
comment on view admins is 'who may';
comment on column admins.address is 'where';
alter view admins alter column address set default 'nobody';
revoke all on admins from anon, authenticated;
grant select (id) on admins to anon;
create materialized view counted as select status, count(*) as users from users group by status;
create unique index counted_status on counted (status);
create view of_reporting as select account_owner_id, count(*) from users group by account_owner_id;
grant create on schema public to REPORTING;
alter view of_reporting owner to REPORTING;
revoke create on schema public from REPORTING;
grant select on users, of_reporting to REPORTING;
create function list_emails() returns setof emails language sql as 'select * from emails';
create function count_mails(domain text) returns bigint language sql
begin atomic select count(*) from users where email like '%@' || domain; end;
revoke execute on function count_mails from public, anon;
comment on function count_mails is 'counts';
create view mails_here with (security_invoker = true) as select count_mails('example.com') as here;
create function all_users() returns setof users language sql as 'select * from users';

create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
create function charge() returns trigger language plpgsql as
$$ begin update user_credits set total_used = total_used + new.amount where user_id = new.user_id; return new; end $$;
create function through() returns trigger language plpgsql as $$ begin perform public.forget(old.id::text); return old; end $$;
create function forget(id text) returns void language sql as $$ delete from public."users" where users.id = $1 $$;
create trigger of_email before update of email on users for each row when (new.email is not null) execute function stamp();
create trigger touch_updated_at before update on users for each row execute function stamp();
create trigger sleeps before update on users for each row execute function stamp();
alter table users disable trigger sleeps;
create trigger charges after insert on orders for each row execute function charge();
create trigger forgets after delete on plans for each row execute function through();
create rule rename_admins as on update to admins do instead update users set name = new.address where users.id = new.id;
create trigger into_admins instead of insert on admins for each row execute function stamp();
create rule log_users as on update to users do also notify users;

create publication changes for table users (id, email, plan_id) where (plan_id > 3), orders;

grant select on users to service_role with grant option;
set role service_role;
grant select on users to anon;
reset role;
grant update (email) on users to authenticated;
grant all on usage_daily to public;

insert into plans values (1, 'small');
insert into users (id, email, name, is_admin, metadata, login_count, last_login_at, account_owner_id, nickname, plan_id, created_at) values
  ('auth0|ann', 'Ann@example.com', 'Ann', 1, '{"a": 1.10}', '12', 1764201600, null, 'a', 1, '2025-09-01 12:00'),
  ('auth0|bob', 'bob@example.com', null, 0, '{"a": "\u0000"}', 'x', 1764201600000, 'auth0|ann', 'b', null, 'infinity');
insert into user_credits (user_id, total_purchased, total_used) values ('auth0|ann', 10.1, 3.1400), ('auth0|bob', 'NaN', 0);
insert into hopsworks_clusters (name, api_url, max_users, current_users, status, metadata) values ('one', 'https://one', 3, 1, 'active', '{');
insert into cluster_notes values ('one', 'slow');
insert into user_hopsworks_assignments values ('auth0|ann', 1);
insert into clusters (user_id, deployment_type, deleted_at) values ('auth0|ann', 'gpu', '2026-01-02');
insert into usage_daily (user_id, date, cpu_hours) values ('auth0|ann', '2026-01-02', '1.5'), ('auth0|bob', '2026-01-02', 'n/a');
insert into team_invites values (gen_random_uuid(), 'auth0|ann', 'c@example.com', 'secret');
insert into orders values (1, 'auth0|ann', 0);
refresh materialized view counted;
