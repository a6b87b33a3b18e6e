//! Databases that are at an edge by themselves.

use proof::take_over::{OWNER, WEB_APP};

use crate::databases::Foreign;

#[tokio::test]
async fn the_settings_of_the_role_change_nothing() {
    let foreign = Foreign::with(&WEB_APP.replace("last_login_at timestamptz", "last_login_at timestamp")).await;
    for setting in [
        "timezone = 'America/New_York'",
        "datestyle = 'German'",
        "search_path = nowhere",
        "extra_float_digits = -5",
        "bytea_output = escape",
        "default_transaction_isolation = serializable",
        "client_min_messages = error",
        "row_security = off",
        "quote_all_identifiers = on",
    ] {
        let database = &foreign.world.database;
        foreign.world.sql(&format!("alter role {OWNER} in database {database} set {setting}")).await;
    }
    foreign.take_over().await.unwrap();
    // The archive holds texts of times as that role reads them.
    let findings = foreign.findings().await;
    let findings: Vec<_> = findings.iter().filter(|finding| !finding.contains("archive")).collect();
    assert_eq!(findings, [""; 0]);
    let seen = "select last_login_at = timestamptz '2026-11-20 00:00:00+00' from public.users where id = 'auth0|ann'";
    assert_eq!(foreign.world.one(seen).await, "t");
}

#[tokio::test]
async fn json_that_jsonb_cannot_hold_is_no_reason_to_fail() {
    let foreign = Foreign::new().await;
    let script = "create table users (id text primary key, email text, metadata json, seen json); \
        insert into users values ('auth0|ann', 'ann@example.com', '{\"a\": \"\\u0000\"}', '[\"\\u0000\"]'), \
          ('auth0|bob', 'bob@example.com', '{\"a\": 1e999999}', '{}'), ('auth0|cy', 'cy@example.com', '{\"a\": 1, \"a\": 2}', '{}')";
    foreign.owner().await.run(script).await.unwrap();
    foreign.take_over().await.unwrap();
    let kept =
        foreign.world.all("select id || metadata || coalesce(seen::text, '') from public.users order by id").await;
    assert_eq!(kept, ["auth0|ann{}[\"\\u0000\"]", "auth0|bob{}{}", "auth0|cy{\"a\": 2}{}"]);
    assert_eq!(foreign.world.one("select count(*) from app.taken_over where table_name = 'users'").await, "2");
    foreign.world.assert_sound().await;
}

#[tokio::test]
async fn somebody_who_is_still_at_work_is_waited_for_and_then_named() {
    let foreign = Foreign::with(WEB_APP).await;
    let before = foreign.fingerprint().await;
    let mut other = foreign.owner().await;
    other.run("begin; update users set name = 'x' where id = 'auth0|bob'").await.unwrap();
    let told = foreign.take_over().await.unwrap_err();
    assert!(told.contains("in use"), "{told}");
    assert_eq!(foreign.fingerprint().await, before);
    other.run("rollback").await.unwrap();
    foreign.take_over().await.unwrap();
    assert_eq!(foreign.findings().await, [""; 0]);
}
