//! Who may touch what in the database, and from where in the code.

use ops::admin_db::AdminDb;
use testkit::{
    World,
    stack::StackAddress,
    supavisor::{NEW_PASSWORD, NO_PASSWORD, Supavisor},
};
use tests::Sources;

#[tokio::test]
async fn a_leaked_password_of_the_functions_cannot_slip_its_own_types_into_them() {
    let world = World::new().await;
    let attack = "set role api; \
        create function pg_temp.evil(pg_catalog.jsonb) returns pg_catalog.bool language plpgsql as $$ \
          begin raise exception 'inside as %', current_user; end $$; \
        create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.evil(value)); \
        create domain pg_temp.text as pg_catalog.text check (pg_temp.evil('1')); \
        select sync_user('{\"input\": {\"user_id\": \"auth0|1\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}'::pg_catalog.jsonb)";
    world.direct().await.run(attack).await.unwrap();
}

#[tokio::test]
async fn nobody_is_the_stacks_superuser_without_its_password() {
    let stack = World::new().await.stack;
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", stack.postgres_port);
    assert!(AdminDb::connect(&url).await.is_err());
}

#[tokio::test]
async fn an_operators_new_password_that_is_refused_once_is_tried_again_and_nothing_else_is() {
    let stack = World::new().await.stack;
    let pooler = Supavisor::start(stack.postgres_port).await.unwrap();
    let url = StackAddress { postgres_port: pooler.port, ..stack }.direct_url("postgres");
    pooler.refuse(1, NEW_PASSWORD);
    AdminDb::connect(&url).await.unwrap();
    assert_eq!(pooler.connections(), 2);
    pooler.refuse(9, NO_PASSWORD);
    AdminDb::connect(&url).await.unwrap_err();
    assert_eq!(pooler.connections(), 3);
}

#[tokio::test]
async fn the_service_role_can_still_work_through_postgrest() {
    let world = World::new().await;
    world
        .sql(
            "set role service_role; \
             insert into public.hopsworks_clusters (name, api_url, max_users) values ('a', 'https://a.example', 1); \
             update public.hopsworks_clusters set max_users = 2; reset role",
        )
        .await;
    assert_eq!(world.one("select max_users from public.hopsworks_clusters").await, "2");
}

#[test]
fn the_database_has_one_door_in_the_functions_and_one_for_operators() {
    let sources = Sources::of_the_checkout(&["shared/src", "functions", "tools"]);
    let doors = sources.ending(&["rs"]).filter(|(_, text)| text.contains("sqlx::")).map(|(path, _)| path);
    assert_eq!(
        doors.collect::<Vec<_>>(),
        ["shared/src/db.rs", "shared/src/db/call_error.rs", "shared/src/db/connect.rs", "tools/ops/src/admin_db.rs"]
    );
}
