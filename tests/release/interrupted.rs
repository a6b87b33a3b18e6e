//! What comes between: locks of others, other operators, lost connections, an index that was left half built.

use std::time::Duration;

use ops::admin_db::AdminDb;

use crate::fixtures::{Empty, migrate, sources, with};

const COLUMN: (&str, &str) = ("901_column.sql", "alter table public.users add column nickname text");

/// A transaction that holds a lock on `users`, as a long report does.
async fn report(empty: &Empty) -> AdminDb {
    let mut report = empty.connect().await;
    report.run("begin; lock table public.users in access share mode").await.unwrap();
    report
}

#[tokio::test]
async fn a_lock_that_is_not_to_be_had_ends_the_run_with_the_name_of_whoever_holds_it() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut report = report(&empty).await;
    let refusal = empty.migrate_once(&with(&[COLUMN])).await.unwrap_err();
    let (start, rest) = refusal.split_once("process ").unwrap();
    assert_eq!(start, "901_column.sql: a lock was not to be had for 0 s, nothing of it was done; ");
    let end = "Run this again when that is over";
    assert!(rest.contains(" of postgres has been in a transaction since ") && rest.ends_with(end), "{rest}");
    assert_eq!(empty.later().await, [""; 0]);
    report.run("commit").await.unwrap();
    assert_eq!(empty.migrate(&with(&[COLUMN])).await.unwrap(), ["901_column.sql"]);
}

#[tokio::test]
async fn a_lock_is_asked_for_again_until_it_is_free() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut report = report(&empty).await;
    let more = with(&[COLUMN]);
    let release_the_lock = async {
        // Seen waiting once, it has been refused at least once when the lock is free.
        let waits = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        while empty.all(waits).await.is_empty() {}
        while !empty.all(waits).await.is_empty() {}
        report.run("commit").await.unwrap();
    };
    let (applied, ()) = tokio::join!(empty.migrate(&more), release_the_lock);
    assert_eq!(applied.unwrap(), ["901_column.sql"]);
}

#[tokio::test]
async fn of_two_operators_one_waits_for_the_other() {
    let empty = Empty::new().await;
    let sources = sources();
    let (one, other) = tokio::join!(empty.migrate(&sources), empty.migrate(&sources));
    let mut applied = [one.unwrap(), other.unwrap()];
    applied.sort_by_key(Vec::len);
    assert_eq!(applied[0], [""; 0], "the second one found nothing to do");

    let mut holder = empty.connect().await;
    holder.run("select pg_advisory_lock(hashtext('app.migrate'))").await.unwrap();
    assert_eq!(
        empty.migrate_once(&sources).await.unwrap_err(),
        "another run has been migrating this database for 0 s: try again when it is over"
    );
}

#[tokio::test]
async fn after_a_lost_connection_the_next_run_goes_on() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let good = ("901_good.sql", "create table app.good (id integer primary key)");
    let mut lost = empty.connect().await;
    let cut = (
        "902_cut.sql",
        "-- As the migrating role.\ncreate table app.cut (id integer primary key); select pg_terminate_backend(pg_backend_pid())",
    );
    let refusal = migrate(&mut lost, &with(&[good, cut]), Duration::ZERO).await.unwrap_err();
    let sentence = "the connection was lost at 902_cut.sql: run this again, it goes on where it stopped";
    assert!(refusal.starts_with(sentence), "{refusal}");
    assert_eq!(empty.later().await, ["901_good.sql"]);
    let whole = ("902_cut.sql", "create table app.cut (id integer primary key)");
    assert_eq!(empty.migrate(&with(&[good, whole])).await.unwrap(), ["902_cut.sql"]);
}

#[tokio::test]
async fn an_index_that_was_left_half_built_is_built_again() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut direct = empty.connect().await;
    direct
        .run("insert into public.users (id) values ('a'), ('b'); \
              insert into app.account_memberships (user_id, effective_on, account_owner_id) values ('a', '-infinity', 'a'), ('b', '-infinity', 'b')")
        .await
        .unwrap();
    direct
        .run("create unique index concurrently users_login_count_idx on public.users (login_count)")
        .await
        .unwrap_err();
    let index = "-- no transaction\ncreate index concurrently if not exists users_login_count_idx on public.users (login_count)";
    assert_eq!(empty.migrate(&with(&[("901_index.sql", index)])).await.unwrap(), ["901_index.sql"]);
    let valid = "select indisvalid::text from pg_index where indexrelid = 'public.users_login_count_idx'::regclass";
    assert_eq!(empty.all(valid).await, ["true"]);
    assert_eq!(empty.migrate(&with(&[("901_index.sql", index)])).await.unwrap(), [""; 0]);
}
