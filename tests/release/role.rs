//! What somebody with the password of `api`, or a hand that slipped, has left at the role and in the database: each run of
//! `make migrate` puts it back, and says what it may not put back.

use ops::{admin_db::AdminDb, schema::plan};
use testkit::World;
use uuid::Uuid;

use crate::fixtures::{Empty, sources};

/// What looks after the role, for another one: `api` belongs to all tests.
async fn put_back(database: &mut AdminDb, role: &str) -> Result<(), String> {
    let file = sources().repeatable.into_iter().find(|file| file.name == "repeatable/role_settings.sql").unwrap();
    let text = file.text.replace("array['api', 'provisioner', 'collector', 'publisher']", &format!("array['{role}']"));
    database.run(&text).await.map_err(|refusal| refusal.message)
}

/// All that makes a role what it is, but for its password.
async fn state(database: &mut AdminDb, role: &str) -> Vec<String> {
    let query = format!(
        "select concat_ws(' ', rolsuper, rolreplication, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit, rolcanlogin, \
           rolconnlimit, coalesce(rolvaliduntil, 'infinity')) from pg_roles where rolname = '{role}' \
         union all select unnest(setconfig) || ' ' || (setdatabase <> 0) from pg_db_role_setting where setrole = '{role}'::regrole \
         union all select roleid::regrole::text from pg_auth_members where member = '{role}'::regrole order by 1"
    );
    database.texts(&query).await.unwrap().into_iter().flatten().collect()
}

#[tokio::test]
async fn whatever_was_left_at_the_role_is_put_back() {
    let world = World::new().await;
    let (mut database, role) = (world.direct().await, format!("api_{}", Uuid::new_v4().simple()));
    database.run(&format!("create role {role} login noinherit")).await.unwrap();
    put_back(&mut database, &role).await.unwrap();
    let right = state(&mut database, &role).await;
    assert_eq!(right.len(), 8, "{right:?}");
    for (left, itself) in [
        ("set default_transaction_read_only = on", true),
        ("reset lock_timeout", true),
        ("set statement_timeout = '1ms'", true),
        (&*format!("in database {} set statement_timeout = '1ms'", world.database), true),
        (&*format!("in database {} set search_path = x", world.database), true),
        ("nologin", false),
        ("inherit", false),
        ("superuser createdb createrole bypassrls replication", false),
        ("connection limit 0", false),
        ("valid until '2020-01-01'", false),
    ] {
        let who = if itself { format!("set role {role}; ") } else { String::new() };
        database.run(&format!("{who}alter role {role} {left}; reset role")).await.unwrap();
        assert_ne!(state(&mut database, &role).await, right, "{left}");
        put_back(&mut database, &role).await.unwrap();
        assert_eq!(state(&mut database, &role).await, right, "{left}");
    }
    database.run(&format!("grant pg_read_all_data, pg_monitor to {role}")).await.unwrap();
    put_back(&mut database, &role).await.unwrap();
    assert_eq!(state(&mut database, &role).await, right);
    database.run(&format!("drop role {role}")).await.unwrap();
}

#[tokio::test]
async fn who_may_not_change_the_role_is_told_what_to_run_and_as_whom() {
    let world = World::new().await;
    let (mut database, role) = (world.direct().await, format!("api_{}", Uuid::new_v4().simple()));
    database.run(&format!("create role {role} login noinherit; create role {role}_operator")).await.unwrap();
    database.run(&format!("set role {role}_operator")).await.unwrap();
    let told = put_back(&mut database, &role).await.unwrap_err();
    for part in [
        format!("the role {role} must be changed, and {role}_operator may not do it"),
        format!("\"grant {role} to {role}_operator with admin option\""),
        format!(
            "log in as {role} on port 5432 and run \"alter role {role} reset all; alter role {role} set statement_timeout"
        ),
    ] {
        assert!(told.contains(&part), "{told}");
    }
    // What it says the role may do itself, it may.
    let (_, rest) = told.split_once("and run \"").unwrap();
    let statements = rest.split_once('"').unwrap().0;
    database.run(&format!("set role {role}; {statements}; set role {role}_operator")).await.unwrap();
    put_back(&mut database, &role).await.unwrap();
    database.run(&format!("reset role; drop role {role}, {role}_operator")).await.unwrap();
}

#[tokio::test]
async fn the_login_role_makes_no_temporary_tables_and_no_large_objects() {
    let empty = Empty::new().await;
    for _ in 0..2 {
        empty.migrate(&sources()).await.unwrap();
        let mut database = empty.connect().await;
        for (statement, denied) in [
            ("create temp table t (a integer)", "permission denied to create temporary tables in database"),
            ("select lo_from_bytea(0, 'x')", "permission denied for function lo_from_bytea"),
            ("select lo_creat(-1)", "permission denied for function lo_creat"),
            ("select lo_create(0)", "permission denied for function lo_create"),
            ("select lo_put(1, 0, 'x')", "permission denied for function lo_put"),
        ] {
            let refusal = database.run(&format!("set role api; {statement}")).await.unwrap_err();
            assert!(refusal.message.starts_with(denied), "{statement}: {refusal}");
        }
        assert_eq!(empty.all(plan::LEFT_OPEN).await, [""; 0]);
        // As a restored database has it.
        let granted = "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$; \
            grant execute on function lo_creat(integer), lo_create(oid) to public";
        empty.connect().await.run(granted).await.unwrap();
        assert_eq!(empty.all(plan::LEFT_OPEN).await.len(), 2);
    }
}
