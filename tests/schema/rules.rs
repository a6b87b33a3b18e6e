//! The rules of the house, asked of the schema itself; and that its script runs again and again.

use ops::{admin_db::AdminDb, schema};
use testkit::World;

use crate::offenders;

#[tokio::test]
async fn the_script_runs_twice_on_an_empty_database_and_again_over_rows() {
    let world = World::new().await;
    let database = format!("{}_empty", world.database);
    world.sql(&format!("create database {database}")).await;
    let script = schema::script().unwrap();
    let mut empty = AdminDb::connect(&world.stack.direct_url(&database)).await.unwrap();
    for _ in 0..2 {
        empty.run(&script).await.unwrap();
    }
    empty
        .run(
            "insert into public.hopsworks_clusters (name, api_url, max_users) values ('a', 'https://a.example', 1); \
             select app.sync_user('{\"input\": {\"user_id\": \"auth0|1\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}')",
        )
        .await
        .unwrap();
    empty.run(&script).await.unwrap();
    let seats = empty.texts("select current_users from public.hopsworks_clusters").await.unwrap();
    assert_eq!(seats, [Some("1".to_owned())]);
}

#[tokio::test]
async fn a_role_that_is_no_superuser_can_migrate_twice() {
    let world = World::new().await;
    let database = format!("{}_plain", world.database);
    let role = format!("migrator_{}", world.database);
    world.sql(&format!("create role {role} login password 'x' createrole bypassrls")).await;
    world.sql(&format!("create database {database} owner {role}")).await;
    let url = format!("postgres://{role}:x@127.0.0.1:{}/{database}", world.stack.postgres_port);
    let mut migrator = AdminDb::connect(&url).await.unwrap();
    // The roles belong to the whole server, and another migrator has made them and may give them away.
    world.sql(&format!("grant app_owner to {role}")).await;
    for _ in 0..2 {
        migrator.run(&schema::script().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn every_foreign_key_has_an_index() {
    let slow = offenders(
        "select k.conrelid::regclass || ' ' || k.conname from pg_constraint k \
         join pg_class c on c.oid = k.conrelid \
         where k.contype = 'f' and k.connamespace = 'public'::regnamespace and not c.relispartition \
           and not exists ( \
             select from pg_index i where i.indrelid = k.conrelid and (i.indkey::int2[])[0] = k.conkey[1] \
           )",
    )
    .await;
    assert!(slow.is_empty(), "{slow:#?}");
}

#[tokio::test]
async fn every_identifier_is_compared_byte_by_byte() {
    let slow = offenders(
        "select distinct a.attrelid::regclass || '.' || a.attname from pg_constraint k \
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey) \
         where k.contype in ('f', 'p') and k.connamespace in ('public'::regnamespace, 'app'::regnamespace) \
           and a.atttypid = 'text'::regtype and a.attcollation <> 'pg_catalog.\"C\"'::regcollation",
    )
    .await;
    assert!(slow.is_empty(), "{slow:#?}");
}

#[tokio::test]
async fn every_constraint_has_a_name_of_ours_and_money_is_never_a_float() {
    let nameless = offenders(
        "select conrelid::regclass || ' ' || conname from pg_constraint \
         where connamespace = 'public'::regnamespace and conname ~ '_check[0-9]*$'",
    )
    .await;
    assert!(nameless.is_empty(), "{nameless:#?}");
    let floats = offenders(
        "select attrelid::regclass || '.' || attname from pg_attribute a join pg_class c on c.oid = a.attrelid \
         where c.relnamespace = 'public'::regnamespace and atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype)",
    )
    .await;
    assert!(floats.is_empty(), "{floats:#?}");
}

#[tokio::test]
async fn every_updated_at_is_kept_by_a_trigger() {
    let forgotten = offenders(
        "select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'updated_at' \
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') \
           and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'touch_updated_at')",
    )
    .await;
    assert!(forgotten.is_empty(), "{forgotten:#?}");
}
