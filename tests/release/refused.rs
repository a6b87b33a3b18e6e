//! What `make migrate` refuses, or cannot do: each ends in one sentence, and the next run goes on rightly.

use tests::variants::file;

use crate::fixtures::{Empty, sources, with};

const GOOD: (&str, &str) = ("901_good.sql", "create table app.good (id integer primary key)");

#[tokio::test]
async fn a_migration_that_was_edited_after_it_was_applied_is_named() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut edited = sources();
    edited.migrations[2].text += "\n-- a better comment";
    assert_eq!(
        empty.migrate(&edited).await.unwrap_err(),
        "003_clusters.sql was edited after it was applied: put it back as it was, and say the change in a new migration"
    );
    assert_eq!(empty.migrate(&sources()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_migration_that_is_missing_from_the_checkout_is_named() {
    let empty = Empty::new().await;
    empty.migrate(&with(&[GOOD])).await.unwrap();
    assert_eq!(
        empty.migrate(&sources()).await.unwrap_err(),
        "901_good.sql was applied to this database and is missing here: migrate from a checkout that has it"
    );
    assert_eq!(empty.migrate(&with(&[GOOD])).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_migration_that_comes_before_an_applied_one_is_named() {
    let empty = Empty::new().await;
    let late = ("901_late.sql", "create table app.late (id integer primary key)");
    let first = ("902_first.sql", "create table app.first (id integer primary key)");
    empty.migrate(&with(&[first])).await.unwrap();
    assert_eq!(
        empty.migrate(&with(&[late, first])).await.unwrap_err(),
        "901_late.sql comes before 902_first.sql, which was applied already: give it a number after that"
    );
    let renumbered = ("903_late.sql", late.1);
    assert_eq!(empty.migrate(&with(&[first, renumbered])).await.unwrap(), ["903_late.sql"]);
}

#[tokio::test]
async fn two_migrations_of_one_number_and_names_without_one_are_refused_before_anything_is_done() {
    let empty = Empty::new().await;
    for (other, sentence) in [
        ("901_other.sql", "migrations/901_good.sql and migrations/901_other.sql have the same number"),
        ("later.sql", "migrations/later.sql must begin with a number of three digits and `_`"),
    ] {
        assert_eq!(empty.migrate(&with(&[GOOD, (other, "select 1")])).await.unwrap_err(), sentence);
    }
    assert_eq!(empty.all("select nspname from pg_namespace where nspname = 'app'").await, [""; 0]);
}

#[tokio::test]
async fn of_a_broken_migration_nothing_stays_and_all_before_it_does() {
    let empty = Empty::new().await;
    let broken = ("902_broken.sql", "create table app.half (id integer primary key); select 1 / 0");
    let after = ("903_after.sql", "create table app.after (id integer primary key)");
    assert_eq!(
        empty.migrate(&with(&[GOOD, broken, after])).await.unwrap_err(),
        "902_broken.sql failed, and nothing of it was applied; what came before it stays: the database: 22012 division by zero"
    );
    assert_eq!(empty.later().await, ["901_good.sql"]);
    assert_eq!(empty.all("select to_regclass('app.half')").await, [""; 0]);

    let mended = ("902_broken.sql", "create table app.half (id integer primary key)");
    let applied = empty.migrate(&with(&[GOOD, mended, after])).await.unwrap();
    assert_eq!(applied[..2], ["902_broken.sql", "903_after.sql"]);
}

#[tokio::test]
async fn settings_of_the_role_that_somebody_changed_are_put_back() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    // Of no consequence to the other tests, whose functions log in as the same role.
    empty.all("alter role api set geqo_seed = '0.5'").await;
    assert_eq!(empty.migrate(&sources()).await.unwrap(), [""; 0]);
    let set = "select unnest(setconfig) from pg_db_role_setting where setrole = 'api'::regrole and setdatabase = 0 order by 1";
    let set = empty.all(set).await;
    assert!(set.len() == 7 && set.contains(&"statement_timeout=4s".to_owned()), "{set:?}");
}

#[tokio::test]
async fn more_than_one_statement_outside_of_a_transaction_is_refused() {
    let empty = Empty::new().await;
    let two = "-- no transaction\ncreate index concurrently a on public.users (name); create index concurrently b on public.users (name)";
    assert_eq!(
        empty.migrate(&with(&[("901_two.sql", two)])).await.unwrap_err(),
        "901_two.sql begins with `-- no transaction` and so must be one statement"
    );
}

#[tokio::test]
async fn a_function_that_changed_is_replaced_and_a_new_one_is_there_before_the_table_that_calls_it() {
    let empty = Empty::new().await;
    empty.migrate(&sources()).await.unwrap();
    let mut later = with(&[("901_words.sql", "create table app.words (word text default app.word())")]);
    later.functions.push(file(
        "functions/word.sql",
        "create or replace function app.word() returns text language sql as $$ select 'new' $$",
    ));
    assert_eq!(empty.migrate(&later).await.unwrap(), ["functions/word.sql", "901_words.sql"]);
    let word = later.functions.last_mut().unwrap();
    word.text = word.text.replace("new", "newer");
    assert_eq!(empty.migrate(&later).await.unwrap(), ["functions/word.sql"]);
    assert_eq!(empty.all("select app.word()").await, ["newer"]);
}
