//! What Supabase's security linter looks for, on a database whose defaults are Supabase's: what is made in `public`
//! belongs to everybody until it is taken away.
//!
//! Its rules about row level security, policies and search paths are in `access.rs`. Left out is what it reads from
//! a running platform: unused indexes, bloat, replication slots, versions of extensions, settings of sign-in.

use ops::{admin_db::AdminDb, schema};
use testkit::World;

/// A rule: a query that lists what offends it, and a statement that does.
struct Rule {
    name: &'static str,
    offenders: &'static str,
    offence: &'static str,
}

const RULES: [Rule; 13] = [
    Rule {
        name: "every table has a primary key",
        offenders: "select c.oid::regclass from pg_class c \
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') \
              and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)",
        offence: "create table public.loose (a text)",
    },
    // Four are not counted: the first column of each has an index and leaves few rows. What two of them refer to, entries
    // of the ledger, is never deleted or changed either, and that is all that an index would be for.
    Rule {
        name: "an index begins with all the columns of every foreign key",
        offenders: "select k.conrelid::regclass || ' ' || k.conname from pg_constraint k \
            where k.contype = 'f' and k.connamespace in ('public'::regnamespace, 'app'::regnamespace) \
              and k.conname not in ('credit_transactions_continues_the_chain', 'user_credits_agrees_with_an_entry', \
                'usage_daily_price_is_a_rate', 'users_account_owner_is_an_owner') \
              and not exists ( \
                select from pg_index i where i.indrelid = k.conrelid and i.indisvalid \
                  and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey \
              )",
        offence: "drop index public.team_invites_accepted_by_user_id_idx",
    },
    Rule {
        name: "no two indexes are alike",
        offenders: "select i.indrelid::regclass || ' ' || string_agg(i.indexrelid::regclass::text, ' ') from pg_index i \
            join pg_class c on c.oid = i.indrelid \
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) \
            group by i.indrelid, i.indkey::text, i.indclass::text, i.indoption::text, \
              pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid) \
            having count(*) > 1",
        offence: "create index on public.login_events (user_id)",
    },
    Rule {
        name: "every index is valid and every table is vacuumed",
        offenders: "select i.indexrelid::regclass::text from pg_index i where not i.indisvalid \
            union all select c.oid::regclass::text from pg_class c \
            where array_to_string(c.reloptions, ',') ~* 'autovacuum_enabled=(false|off|no|0)'",
        offence: "alter table public.users set (autovacuum_enabled = off)",
    },
    Rule {
        name: "nothing but tables of ours is in public, where PostgREST serves it",
        offenders: "select c.oid::regclass::text from pg_class c \
            where c.relnamespace = 'public'::regnamespace and (c.relkind in ('v', 'm', 'f') or c.relowner <> 'app_owner'::regrole)",
        offence: "create view public.everybody as select * from public.users",
    },
    Rule {
        name: "no function is in public, where anybody may call it",
        offenders: "select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace",
        offence: "create function public.f() returns integer language sql as 'select 1'",
    },
    Rule {
        name: "no extension is in public",
        offenders: "select extname from pg_extension where extnamespace = 'public'::regnamespace",
        offence: "update pg_extension set extnamespace = 'public'::regnamespace where extname = 'plpgsql'",
    },
    Rule {
        name: "the public keys may execute nothing of ours",
        offenders: "select r.rolname || ' ' || p.oid::regprocedure from pg_proc p \
            join pg_roles r on r.rolname in ('anon', 'authenticated') \
            where p.pronamespace in ('public'::regnamespace, 'app'::regnamespace) \
              and has_function_privilege(r.rolname, p.oid, 'execute')",
        offence: "grant execute on function app.get_me(jsonb) to anon",
    },
    Rule {
        name: "the public keys and the login role reach no column of ours",
        offenders: "select r.rolname || ' ' || c.oid::regclass from pg_class c \
            join pg_roles r on r.rolname in ('anon', 'authenticated', 'api') \
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm', 'f') \
              and (has_any_column_privilege(r.rolname, c.oid, 'select, insert, update, references') \
                or has_table_privilege(r.rolname, c.oid, 'delete, truncate, trigger'))",
        offence: "grant select (email) on public.users to authenticated",
    },
    Rule {
        name: "the public keys and the login role reach no sequence of ours",
        offenders: "select r.rolname || ' ' || c.oid::regclass from pg_class c \
            join pg_roles r on r.rolname in ('anon', 'authenticated', 'api') \
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind = 'S' \
              and has_sequence_privilege(r.rolname, c.oid, 'usage, select, update')",
        offence: "grant usage on sequence public.audit_log_id_seq to anon",
    },
    Rule {
        name: "the public keys may not enter the schema of the decisions",
        offenders: "select rolname from pg_roles \
            where rolname in ('anon', 'authenticated') and has_schema_privilege(rolname, 'app', 'usage, create')",
        offence: "grant usage on schema app to public",
    },
    Rule {
        name: "no foreign key leads into another schema, such as that of sign-in",
        offenders: "select k.conrelid::regclass || ' ' || k.conname from pg_constraint k \
            join pg_class c on c.oid = k.confrelid \
            where k.contype = 'f' and k.connamespace in ('public'::regnamespace, 'app'::regnamespace) \
              and c.relnamespace not in ('public'::regnamespace, 'app'::regnamespace)",
        offence: "create schema auth; create table auth.users (id text primary key); \
            alter table public.clusters add constraint x foreign key (zone) references auth.users (id)",
    },
    Rule {
        name: "no column has a type that an upgrade of PostgreSQL refuses",
        offenders: "select a.attrelid::regclass || '.' || a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid \
            where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') \
              and a.atttypid in ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype, \
                'regconfig'::regtype, 'regdictionary'::regtype, 'regnamespace'::regtype, 'regcollation'::regtype)",
        offence: "alter table public.audit_log add column f regprocedure",
    },
];

/// Migrated where Supabase's defaults hold: the public keys get everything that is made in `public`.
async fn supabase() -> AdminDb {
    let world = World::new().await;
    let database = format!("{}_supabase", world.database);
    world.sql(&format!("create database {database}")).await;
    let mut direct = AdminDb::connect(&world.stack.direct_url(&database)).await.unwrap();
    let mut defaults = "grant usage on schema public to anon, authenticated, service_role".to_owned();
    for kind in ["tables", "functions", "sequences"] {
        defaults += "; alter default privileges in schema public grant all on ";
        defaults += kind;
        defaults += " to anon, authenticated, service_role";
    }
    direct.run(&defaults).await.unwrap();
    direct.run(&schema::script().unwrap()).await.unwrap();
    direct
}

#[tokio::test]
async fn a_database_with_supabases_defaults_offends_no_rule_of_its_linter() {
    let mut supabase = supabase().await;
    for rule in RULES {
        let offenders = supabase.texts(rule.offenders).await.unwrap();
        assert!(offenders.is_empty(), "{}: {offenders:#?}", rule.name);
    }
}

#[tokio::test]
async fn every_rule_finds_what_offends_it() {
    let mut supabase = supabase().await;
    for rule in RULES {
        supabase.run(&format!("begin; set local allow_system_table_mods = on; {}", rule.offence)).await.unwrap();
        let offenders = supabase.texts(rule.offenders).await.unwrap();
        assert!(!offenders.is_empty(), "nothing is found by: {}", rule.name);
        supabase.run("rollback").await.unwrap();
    }
}
