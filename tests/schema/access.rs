//! Who may touch what in the database, and from where in the code.

use testkit::World;
use tests::Sources;

use crate::offenders;

#[tokio::test]
async fn every_table_is_closed_by_row_level_security_with_one_policy_for_the_service_role() {
    let open = offenders(
        "select c.oid::regclass from pg_class c \
         where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p') \
           and (not c.relrowsecurity or array(select array_to_string(polroles::regrole[], ',') from pg_policy where polrelid = c.oid) \
                <> array['service_role'])",
    )
    .await;
    assert!(open.is_empty(), "{open:#?}");
}

#[tokio::test]
async fn the_public_keys_and_the_login_role_can_touch_no_table_and_run_nothing_but_endpoints() {
    let world = World::new().await;
    let tables = world
        .all(
            "select r.rolname || ' ' || c.oid::regclass || ' ' || p.privilege from pg_class c \
             cross join (values ('select'), ('insert'), ('update'), ('delete'), ('truncate')) p (privilege) \
             join pg_roles r on r.rolname in ('anon', 'authenticated', 'api') \
             where c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) and c.relkind in ('r', 'p', 'v') \
               and has_table_privilege(r.rolname, c.oid, p.privilege)",
        )
        .await;
    assert!(tables.is_empty(), "{tables:#?}");
    let functions = world
        .all(
            "select r.rolname || ' ' || p.oid::regprocedure from pg_proc p \
             join pg_roles r on r.rolname in ('anon', 'authenticated', 'api') \
             where p.pronamespace = 'app'::regnamespace and has_function_privilege(r.rolname, p.oid, 'execute') \
             order by 1",
        )
        .await;
    let endpoints = [
        "accept_invite",
        "adjust_credits",
        "assign_user",
        "check_invariants",
        "create_deployment",
        "create_hopsworks_cluster",
        "create_invite",
        "delete_deployment",
        "forget_logins",
        "get_credits",
        "get_deployment",
        "get_hopsworks_cluster",
        "get_me",
        "get_usage",
        "get_user",
        "list_audit_log",
        "list_deployments",
        "list_hopsworks_clusters",
        "list_invites",
        "list_members",
        "list_rates",
        "list_transactions",
        "list_users",
        "list_violations",
        "make_partitions",
        "record_purchase",
        "record_usage",
        "remove_member",
        "seat_waiting",
        "set_rate",
        "sync_user",
        "unassign_user",
        "update_deployment",
        "update_hopsworks_cluster",
        "update_user",
        "withdraw_invite",
    ];
    assert_eq!(functions, endpoints.map(|name| format!("api app.{name}(jsonb)")));
}

#[tokio::test]
async fn a_leaked_password_of_the_functions_cannot_slip_its_own_types_into_them() {
    let world = World::new().await;
    let attack = "set role api; \
        create function pg_temp.evil(pg_catalog.jsonb) returns pg_catalog.bool language plpgsql as $$ \
          begin raise exception 'inside as %', current_user; end $$; \
        create domain pg_temp.jsonb as pg_catalog.jsonb check (pg_temp.evil(value)); \
        create domain pg_temp.text as pg_catalog.text check (pg_temp.evil('1')); \
        select app.sync_user('{\"input\": {\"user_id\": \"auth0|1\", \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}'::pg_catalog.jsonb)";
    world.direct().await.run(attack).await.unwrap();
}

#[tokio::test]
async fn every_endpoint_is_a_definer_and_every_function_names_its_schemas() {
    let careless = offenders(
        "select p.oid::regprocedure from pg_proc p \
         where p.pronamespace = 'app'::regnamespace and p.proname <> 'now' \
           and (p.proconfig is null or not p.proconfig @> array['search_path=pg_catalog, pg_temp'] or p.proowner <> 'app_owner'::regrole \
                or (has_function_privilege('api', p.oid, 'execute') and not p.prosecdef))",
    )
    .await;
    assert!(careless.is_empty(), "{careless:#?}");
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
