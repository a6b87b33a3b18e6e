//! Asks the schema itself whether it keeps the rules of the house.

use std::fs;

use local::{direct::Direct, schema, testkit::World};

/// The rows of a query that lists offenders.
async fn offenders(sql: &str) -> Vec<String> {
    World::new().await.all(sql).await
}

#[tokio::test]
async fn the_script_runs_twice_on_an_empty_database_and_again_over_rows() {
    let world = World::new().await;
    let database = format!("{}_empty", world.database);
    world.sql(&format!("create database {database}")).await;
    let script = schema::script().unwrap();
    let mut empty = Direct::connect(&world.stack.direct_url(&database)).await.unwrap();
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
        "assign_user",
        "create_deployment",
        "create_hopsworks_cluster",
        "create_invite",
        "delete_deployment",
        "get_deployment",
        "get_hopsworks_cluster",
        "get_me",
        "list_deployments",
        "list_hopsworks_clusters",
        "list_invites",
        "list_members",
        "remove_member",
        "sync_user",
        "unassign_user",
        "update_deployment",
        "update_hopsworks_cluster",
        "withdraw_invite",
    ];
    assert_eq!(functions, endpoints.map(|name| format!("api app.{name}(jsonb)")));
}

#[tokio::test]
async fn a_role_that_is_no_superuser_can_migrate_twice() {
    let world = World::new().await;
    let database = format!("{}_plain", world.database);
    let role = format!("migrator_{}", world.database);
    world.sql(&format!("create role {role} login password 'x' createrole bypassrls")).await;
    world.sql(&format!("create database {database} owner {role}")).await;
    let url = format!("postgres://{role}:x@127.0.0.1:{}/{database}", world.stack.postgres_port);
    let mut migrator = Direct::connect(&url).await.unwrap();
    // The roles belong to the whole server, and another migrator has made them: she may give them away.
    world.sql(&format!("grant app_owner to {role}")).await;
    for _ in 0..2 {
        migrator.run(&schema::script().unwrap()).await.unwrap();
    }
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
async fn history_refuses_to_be_changed_even_by_its_owner() {
    let world = World::new().await;
    world
        .sql(
            "insert into public.users (id) values ('a'); \
             insert into public.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, idempotency_key, body_hash, actor) \
             values ('a', 1, 'purchase', 10, 0, 10, 'k', sha256('x'), 'a'); \
             insert into public.audit_log (actor, action, target) values ('a', 'b', 'c')",
        )
        .await;
    for table in ["credit_transactions", "audit_log"] {
        for change in ["update {} set actor = 'x'", "delete from {}", "truncate {} cascade"] {
            let sql = format!("set role app_owner; {}", change.replace("{}", &format!("public.{table}")));
            let refusal = world.direct().await.run(&sql).await.unwrap_err();
            assert_eq!(refusal.code, "23001", "{sql}: {}", refusal.message);
        }
    }
    let entry = |seq: u32, before: u32, after: u32| {
        format!(
            "insert into public.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, actor) \
             values ('a', {seq}, 'usage', -1, {before}, {after}, 'a')"
        )
    };
    for (what, sql) in [
        ("a gap", entry(3, 10, 9)),
        ("a fork", entry(1, 0, 9)),
        ("a wrong start", entry(2, 11, 10)),
        ("a wrong sum", entry(2, 10, 8)),
        ("a stale balance", "insert into public.user_credits (user_id) values ('a')".to_owned()),
    ] {
        let refusal = world.direct().await.run(&sql).await.unwrap_err();
        assert!(refusal.code.starts_with("23"), "{what}: {refusal:?}");
    }
    world.sql(&entry(2, 10, 9)).await;
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

#[tokio::test]
async fn a_team_has_two_levels_and_no_third() {
    let world = World::new().await;
    world.sql("insert into public.users (id) values ('a'), ('b'), ('c'); update public.users set account_owner_id = 'a' where id = 'b'").await;
    for wrong in [
        "update public.users set account_owner_id = 'b' where id = 'c'",
        "update public.users set account_owner_id = 'c' where id = 'a'",
        "update public.users set account_owner_id = 'c' where id = 'c'",
        "insert into public.users (id, account_owner_id) values ('d', 'b')",
    ] {
        let refusal = world.direct().await.run(wrong).await.unwrap_err();
        assert_eq!(refusal.constraint.as_deref(), Some("users_account_owner_is_an_owner"), "{wrong}");
    }
}

#[test]
fn the_database_has_one_door_in_the_functions_and_one_for_operators() {
    let root = schema::checkout();
    let mut doors = Vec::new();
    let mut folders = vec![root.join("shared/src"), root.join("functions"), root.join("local/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && fs::read_to_string(&path).unwrap().contains("sqlx::")
            {
                doors.push(path.strip_prefix(&root).unwrap().display().to_string());
            }
        }
    }
    doors.sort();
    assert_eq!(
        doors,
        ["local/src/direct.rs", "shared/src/db.rs", "shared/src/db/connect.rs", "shared/src/db/failure.rs"]
    );
}

#[tokio::test]
async fn an_administrator_is_made_by_an_operator_and_it_is_written_down() {
    let world = World::new().await;
    world
        .sql("insert into public.users (id, status, deleted_at) values ('a', 'active', null), ('b', 'deleted', now())")
        .await;
    assert_eq!(world.one("select app.promote_admin('a')").await, "t");
    assert_eq!(world.one("select app.promote_admin('b')").await, "f");
    assert_eq!(world.one("select app.promote_admin('nobody')").await, "f");
    assert_eq!(world.all("select id from public.users where is_admin").await, ["a"]);
    assert_eq!(
        world.one("select actor || ' ' || action || ' ' || target from public.audit_log").await,
        "operator users.promote a"
    );
}
