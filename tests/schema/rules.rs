//! The rules of the house and of Supabase's security linter, asked of the schema itself; and that its script runs again
//! and again.
//!
//! Of the linter's rules are left out those on what it reads from a running platform: unused indexes, bloat,
//! replication slots, versions of extensions, settings of sign-in.

use std::{collections::BTreeSet, time::Duration};

use ops::{
    admin_db::AdminDb,
    schema::{self, migrator, plan},
};
use testkit::World;
use tests::operations;

/// What the rules ask: what is ours, and who must not reach it.
const VIEWS: &str = "
    create temp view schemas as
      select oid as schema, nspname from pg_namespace where nspname in ('public', 'app') or nspname like 'release\\_%';
    create temp view ours as select oid::regclass as name, * from pg_class join schemas on schema = relnamespace;
    create temp view tables as select * from ours where relkind in ('r', 'p');
    create temp view columns as select name || '.' || attname as name, attrelid, attnum, attname, atttypid, attcollation
      from pg_attribute join tables on oid = attrelid where attnum > 0;
    create temp view constraints as select conrelid::regclass || ' ' || conname as name, *
      from pg_constraint join schemas on schema = connamespace;
    create temp view functions as select oid::regprocedure as name, * from pg_proc join schemas on schema = pronamespace;
    create temp view keys as select rolname from pg_roles where rolname in ('anon', 'authenticated');
    create temp view outsiders as select rolname from keys union all values ('api'), ('provisioner'), ('collector'), ('publisher')";

/// What functions with a login role of their own call.
const OF_OTHERS: [(&str, &[&str]); 3] = [
    ("provisioner", &["claim_accounts", "count_accounts", "settle_accounts", "settle_projects", "sweep_accounts"]),
    ("collector", &["attribute_usage", "claim_hours", "count_hours", "settle_hour"]),
    ("publisher", &["claim_events", "count_events", "settle_events"]),
];
/// What the daily work calls.
const OF_UPKEEP: [&str; 11] = [
    "check_invariants",
    "count_parked",
    "erase_deleted",
    "forget_ended",
    "forget_events",
    "forget_logins",
    "make_partitions",
    "review_accounts",
    "seat_waiting",
    "settle_due_credits",
    "tell_of_expired",
];

/// Rules: each with a query that lists what offends it, and a statement that does.
const RULES: &str = r#"
every table has a primary key
  offenders: select name from tables t where not exists (select from pg_index where indrelid = t.oid and indisprimary)
  offence: create table public.loose (a text)

an index begins with all the columns of every foreign key
  offenders: select name from constraints, lateral (select case when conname in (
      -- These may have an index of their first column alone: it leaves few rows. What two of them refer to, entries of
      -- the ledger, is never deleted or changed either, and that is all that an index would be for.
      'credit_transactions_continues_the_chain', 'user_credits_agrees_with_an_entry', 'usage_daily_price_is_a_rate',
      'users_account_owner_is_an_owner'
    ) then conkey[1:1] else conkey end) k (first)
    where contype = 'f' and not exists (select from pg_index where indrelid = conrelid and indisvalid
      and (indkey::int2[])[0:cardinality(first) - 1] @> first)
  offence: drop index public.team_invites_accepted_by_user_id_idx

no two indexes are alike
  offenders: select string_agg(indexrelid::regclass::text, ' ') from pg_index join tables on oid = indrelid
    group by indrelid, indkey::text, indclass::text, indoption::text, pg_get_expr(indexprs, indrelid),
      pg_get_expr(indpred, indrelid) having count(*) > 1
  offence: create index on app.login_events (user_id)

every index is valid and every table is vacuumed
  offenders: select indexrelid::regclass from pg_index where not indisvalid union all select oid::regclass from pg_class
    where array_to_string(reloptions, ',') ~* 'autovacuum_enabled=(false|off|no|0)'
  offence: alter table public.users set (autovacuum_enabled = off)

nothing but tables of ours is in public, where PostgREST serves it
  offenders: select name from ours where schema = 'public'::regnamespace
    and (relkind in ('v', 'm', 'f') or relowner <> 'app_owner'::regrole)
  offence: create view public.everybody as select * from public.users

public holds the eight tables that the web app knows, and no other
  offenders: select relname from tables where schema = 'public'::regnamespace and relname <> all ('{users, user_credits,
      clusters, hopsworks_clusters, user_hopsworks_assignments, instances, usage_daily, team_invites}')
  offence: create table public.more (id text collate "C" primary key)

no function is in public, where anybody may call it
  offenders: select name from functions where schema = 'public'::regnamespace
  offence: create function public.f() returns integer language sql as 'select 1'

no extension is in public
  offenders: select extname from pg_extension where extnamespace = 'public'::regnamespace
  offence: update pg_extension set extnamespace = 'public'::regnamespace where extname = 'plpgsql'

the public keys and the login role reach no column of ours
  offenders: select rolname || ' ' || name from outsiders, ours where relkind in ('r', 'p', 'v', 'm', 'f')
    and (has_any_column_privilege(rolname, oid, 'select, insert, update, references')
      or has_table_privilege(rolname, oid, 'delete, truncate, trigger'))
  offence: grant select (email) on public.users to authenticated

the public keys and the login role reach no sequence of ours
  offenders: select rolname || ' ' || name from outsiders, ours
    where relkind = 'S' and has_sequence_privilege(rolname, oid, 'usage, select, update')
  offence: grant usage on sequence app.audit_entries_id_seq to anon

the public keys may enter no schema but public
  offenders: select rolname || ' ' || nspname from keys, schemas
    where nspname <> 'public' and has_schema_privilege(rolname, schema, 'usage, create')
  offence: grant usage on schema app to public

whoever logs in may create nothing where functions look for what they call
  offenders: select rolname || ' ' || nspname from outsiders, schemas where has_schema_privilege(rolname, schema, 'create')
  offence: do $$ begin execute format('grant create on schema %I to api', (current_schemas(false))[1]); end $$

no function of a release has the name of one of PostgreSQL's, which it would hide
  offenders: select name from functions f where nspname <> 'app'
    and exists (select from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname = f.proname)
  offence: create function age(text) returns text language sql as 'select $1'

no foreign key leads into another schema, such as that of sign-in
  offenders: select name from constraints where contype = 'f' and confrelid not in (select oid from tables)
  offence: create schema auth; create table auth.users (id text primary key);
    alter table public.clusters add constraint x foreign key (zone) references auth.users (id)

no column has a type that an upgrade of PostgreSQL refuses
  offenders: select name from columns where atttypid = any ('{regproc, regprocedure, regoper, regoperator, regconfig,
      regdictionary, regnamespace, regcollation}'::regtype[])
  offence: alter table app.audit_entries add column f regprocedure

every table is closed by row level security, with one policy for the service role
  offenders: select name from tables t where not relrowsecurity or array['service_role'] <>
    array(select array_to_string(polroles::regrole[], ',') from pg_policy where polrelid = t.oid)
  offence: create policy everybody on public.users using (true)

every function names its schemas, and every endpoint is a definer
  offenders: select name from functions where proname <> 'now'
    and (proconfig is null or not proconfig @> array[
        'search_path=' || case when nspname = 'app' then '' else nspname || ', ' end || 'pg_catalog, pg_temp']
      or proowner <> 'app_owner'::regrole
      or not prosecdef and exists (select from outsiders where has_function_privilege(rolname, oid, 'execute')))
  offence: alter function get_me(jsonb) security invoker

every trigger function has a table, without which plpgsql_check cannot check it
  offenders: select name from functions f where prorettype = 'trigger'::regtype
    and not exists (select from pg_trigger where tgfoid = f.oid)
  offence: create function app.loose() returns trigger language plpgsql as 'begin return new; end'

every identifier is compared byte by byte
  offenders: select distinct c.name from constraints join columns c on attrelid = conrelid and attnum = any (conkey)
    where contype in ('f', 'p') and atttypid = 'text'::regtype and attcollation <> 'pg_catalog."C"'::regcollation
  offence: create table public.localized (id text primary key)

every constraint has a name of ours
  offenders: select name from constraints where schema = 'public'::regnamespace and conname ~ '_check[0-9]*$'
  offence: alter table public.users add check (id <> 'nobody')

money is never a float
  offenders: select name from columns where atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype)
  offence: alter table public.user_credits add column in_euros float8

every updated_at is kept by a trigger
  offenders: select name from columns where attname = 'updated_at'
    and not exists (select from pg_trigger where tgrelid = attrelid and tgname = 'touch_updated_at')
  offence: create table public.untouched (updated_at timestamptz)
"#;

/// The name of each rule, the query and the statement.
fn rules() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    RULES.split("\n\n").map(|rule| {
        let (name, asked) = rule.split_once("\n  offenders: ").unwrap();
        let (offenders, offence) = asked.split_once("\n  offence: ").unwrap();
        (name.trim(), offenders, offence)
    })
}

/// Migrated where Supabase's defaults hold: the public keys get everything that is made in `public`.
async fn supabase() -> (World, AdminDb) {
    let world = World::empty().await;
    let mut direct = AdminDb::connect(&world.stack.direct_url(&world.database)).await.unwrap();
    direct.run("grant usage on schema public to anon, authenticated, service_role").await.unwrap();
    for kind in ["tables", "functions", "sequences"] {
        let grant = format!("grant all on {kind} to anon, authenticated, service_role");
        direct.run(&format!("alter default privileges in schema public {grant}")).await.unwrap();
    }
    let sources = schema::sources().unwrap();
    direct.run(&plan::script(&sources).unwrap()).await.unwrap();
    direct.run(&format!("set search_path = {}, public", sources.release.schema)).await.unwrap();
    direct.run(VIEWS).await.unwrap();
    (world, direct)
}

#[tokio::test]
async fn a_database_with_supabases_defaults_offends_no_rule() {
    let (_world, mut supabase) = supabase().await;
    for (rule, offenders, _) in rules() {
        let offenders = supabase.texts(offenders).await.unwrap();
        assert!(offenders.is_empty(), "{rule}: {offenders:#?}");
    }
}

#[tokio::test]
async fn every_rule_finds_what_offends_it() {
    let (_world, mut supabase) = supabase().await;
    for (rule, offenders, offence) in rules() {
        supabase.run(&format!("begin; set local allow_system_table_mods = on; {offence}")).await.unwrap();
        let offenders = supabase.texts(offenders).await.unwrap();
        assert!(!offenders.is_empty(), "nothing is found by: {rule}");
        supabase.run("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn the_public_keys_can_run_nothing_and_each_login_role_its_own_endpoints_alone() {
    let query =
        "select rolname || ' ' || name from outsiders, functions where has_function_privilege(rolname, oid, 'execute')";
    let (_world, mut supabase) = supabase().await;
    let functions = supabase.texts(query).await.unwrap();
    let endpoints = operations().into_iter().map(|(_, operation)| operation.id).chain(OF_UPKEEP);
    let endpoints = endpoints.map(|name| format!("api {name}(jsonb)"));
    let of_others = OF_OTHERS.into_iter().flat_map(|(role, names)| names.iter().map(move |name| (role, name)));
    let of_others = of_others.map(|(role, name)| format!("{role} {name}(jsonb)"));
    assert_eq!(functions.into_iter().flatten().collect::<BTreeSet<_>>(), endpoints.chain(of_others).collect());
}

#[tokio::test]
async fn the_script_runs_twice_on_an_empty_database_and_again_over_rows() {
    let (_world, mut database) = supabase().await;
    let script = plan::script(&schema::sources().unwrap()).unwrap();
    let rows = "insert into public.hopsworks_clusters (name, api_url, max_users) values ('a', 'https://a.example', 1); \
        select sync_user('{\"input\": {\"user_id\": \"auth0|1\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}')";
    for sql in [&script, rows, &script] {
        database.run(sql).await.unwrap();
    }
    let seats = database.texts("select current_users from public.hopsworks_clusters").await.unwrap();
    assert_eq!(seats, [Some("1".to_owned())]);
}

#[tokio::test]
async fn a_role_that_is_no_superuser_can_migrate_twice() {
    let world = World::empty().await;
    let database = &world.database;
    let role = format!("migrator_{}", world.database);
    world.sql(&format!("create role {role} login password 'x' createrole bypassrls")).await;
    world.sql(&format!("alter database {database} owner to {role}")).await;
    let url = format!("postgres://{role}:x@127.0.0.1:{}/{database}", world.stack.postgres_port);
    let mut operator = AdminDb::connect(&url).await.unwrap();
    // The roles belong to the whole server, and another migrator has made them and may give them away.
    world.sql(&format!("grant app_owner to {role}")).await;
    let sources = schema::sources().unwrap();
    migrator::migrate(&mut operator, &sources, Duration::ZERO).await.unwrap();
    world.sql(&format!("set role api; alter role api in database {database} set statement_timeout = '1ms'")).await;
    operator.run(&plan::script(&sources).unwrap()).await.unwrap();
    let left = "select setconfig::text from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase \
        where s.setrole = 'api'::regrole and d.datname = current_database()";
    assert_eq!(operator.texts(left).await.unwrap(), []);
    // Large objects are a superuser's to forbid.
    assert_eq!(operator.texts(plan::LEFT_OPEN).await.unwrap().len(), 1);
}
