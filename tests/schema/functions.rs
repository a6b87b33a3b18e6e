//! Whether every function of the schema fits the tables it works on: bodies are not looked into when they are made.

use testkit::{World, programs::variable};

/// What `plpgsql_check` says of each function, and of each trigger function on each of its tables. Two habits are
/// no faults: texts of JSON that Rust has parsed are read by assigning them to a variable of their type, and
/// `v_caller` is declared first so that nothing is read before the caller is known, whether it is needed or not.
const FINDINGS: &str = "\
    select format('%s %s line %s: %s %s: %s', p.oid::regprocedure, t.tgrelid::regclass, c.lineno, c.level, c.message, c.detail) \
    from pg_proc p \
    join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql' \
    left join pg_trigger t on t.tgfoid = p.oid and not t.tgisinternal and t.tgparentid = 0 \
    cross join lateral plpgsql_check.plpgsql_check_function_tb( \
      p.oid, relid => coalesce(t.tgrelid, 0), fatal_errors => false, all_warnings => true, \
      oldtable => t.tgoldtable, newtable => t.tgnewtable \
    ) c \
    where p.pronamespace in (select oid from pg_namespace where nspname = 'app' or nspname like 'release\\_%') \
      and not (c.message = 'target type is different type than source type' and c.detail ~ '^cast \"text(\\[\\])?\" value') \
      and c.message <> 'never read variable \"v_caller\"'";

#[tokio::test]
async fn plpgsql_check_finds_nothing_in_any_function_or_trigger() {
    let world = World::new().await;
    if world.all("select name from pg_available_extensions where name = 'plpgsql_check'").await.is_empty() {
        // `make test` has said so; CI must have it.
        assert!(variable("CI").is_none_or(|ci| ci != "true"), "plpgsql_check is missing");
        return;
    }
    world.sql("create schema plpgsql_check; create extension plpgsql_check schema plpgsql_check").await;
    let findings = world.all(FINDINGS).await;
    assert!(findings.is_empty(), "{findings:#?}");
    world
        .sql(
            "set check_function_bodies = off; \
             create function app.wrong(args jsonb) returns jsonb language plpgsql as $$ begin return (select nothing from public.users); end $$; \
             create function app.wrong() returns trigger language plpgsql as $$ begin new.nothing := 1; return new; end $$; \
             create trigger wrong before insert on public.users for each row execute function app.wrong()",
        )
        .await;
    let findings = world.all(FINDINGS).await;
    for wrong in ["app.wrong(jsonb)", "app.wrong() users"] {
        assert!(
            findings.iter().any(|finding| finding.starts_with(wrong)),
            "{wrong} is wrong, and found is {findings:#?}"
        );
    }
}

/// Planned with each call, other than those in PL/pgSQL. `app.now()` is inlined; the others are called once in a while.
const IN_SQL: [&str; 3] = ["app.now()", "describe_user_rows(text[])", "usage_partitions()"];

#[tokio::test]
async fn few_functions_are_in_sql_and_they_pass_the_checks_that_making_them_left_out() {
    let world = World::new().await;
    let those = "from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'sql' \
        where p.pronamespace in (select oid from pg_namespace where nspname = 'app' or nspname like 'release\\_%') order by p.oid::regprocedure::text";
    assert_eq!(world.all(&format!("select p.oid::regprocedure {those}")).await, IN_SQL);
    let again = world.all(&format!("select pg_get_functiondef(p.oid) {those}")).await;
    world.sql(&format!("set check_function_bodies = on; {}", again.join("; "))).await;
}
