//! What a web app has around its tables: views, triggers, functions, policies, grants, tables that refer to ours.

use super::{dice::Dice, shape::Table};

/// Each is tried: without a column that it names there is none.
const THINGS: [&str; 26] = [
    "create view user_overview as select u.id, u.email, c.total_purchased - c.total_used as balance \
     from users u left join user_credits c on c.user_id = u.id",
    "create view emails with (security_barrier) as select id, email from users; grant select (email) on emails to reporting",
    "create view active_users as select * from users where status = 'active'",
    "create view views_of_views as select count(*) from user_overview",
    "create materialized view spent as select user_id, sum(total_cost) as cost from usage_daily group by user_id",
    "create schema reports; create view reports.days as select date, sum(total_cost) from public.usage_daily group by date",
    "create function touch() returns trigger language plpgsql as $f$ begin new.updated_at = now(); return new; end $f$; \
     create trigger touch before update on users for each row execute function touch(); \
     create trigger touch_clusters before update on hopsworks_clusters for each row execute function touch()",
    "create function count_one() returns trigger language plpgsql as $f$ begin \
     update hopsworks_clusters set current_users = current_users + 1 where id = new.hopsworks_cluster_id; return new; end $f$; \
     create trigger count_one after insert on user_hopsworks_assignments for each row execute function count_one()",
    "create table notices (at timestamptz default now(), of text); \
     create function notice() returns trigger language plpgsql as $f$ begin insert into notices (of) values (new.id); return new; end $f$; \
     create trigger notice after insert on users for each row execute function notice()",
    "create function increment_cluster_users(cluster_id uuid) returns void language sql as \
     $f$ update hopsworks_clusters set current_users = current_users + 1 where id = cluster_id $f$",
    "create function everybody() returns setof users language sql stable as $f$ select * from users $f$",
    "create function of_user(u users) returns text language sql stable as $f$ select u.email::text $f$",
    "create table billing_history (id bigserial primary key, user_id text references users (id) on delete cascade, amount numeric(10,2)); \
     insert into billing_history (user_id, amount) select id, 5 from users limit 3",
    "create table notes (id serial primary key, cluster uuid references hopsworks_clusters (id), note text); \
     insert into notes (cluster, note) select id, 'kept' from hopsworks_clusters",
    "create table audit_log (id serial primary key, what text); insert into audit_log (what) values ('kept')",
    "alter table users enable row level security; create policy everything on users for all using (true)",
    "alter table clusters enable row level security; create policy mine on clusters for select using (user_id = current_user)",
    "grant all on all tables in schema public to anon, authenticated, service_role",
    "grant select on users, usage_daily to reporting",
    "grant update (name) on users to authenticated; grant select on users to public",
    "alter default privileges in schema public grant all on tables to anon, authenticated",
    "create index idx_users_email on users (email); create index users_created_at_idx on users (name)",
    "create unique index one_seat on user_hopsworks_assignments (user_id); alter table user_credits add check (total_used >= 0)",
    "alter table users add column domain text generated always as (split_part(email, '@', 2)) stored",
    "create domain short as text check (char_length(value) < 50); alter table clusters add column label short default 'x'",
    "comment on table users is 'people'; comment on column users.email is 'where they read'; alter table users alter column email set statistics 500",
];

/// Some of them, in their order.
pub fn things(tables: &[Table], dice: &mut Dice) -> Vec<String> {
    let mut things = Vec::new();
    for thing in THINGS {
        if dice.chance(45) {
            things.push(thing.to_owned());
        }
    }
    // A further column that must be given, and for which we know nothing.
    for table in tables {
        if table.has("further_0") && dice.chance(50) {
            things.push(format!("alter table {} alter column further_0 set not null", table.name));
        }
    }
    things
}
