//! All or nothing: a run that is cut off, or that may not begin, leaves the database as it was.

use fastrand::Rng;
use proof::take_over::WEB_APP;

use crate::{databases::Foreign, drawn};

/// Counts commands, also those that are rolled back, and ends the session at one of them.
const CUT: &str = "create sequence before.commands; grant usage on schema before to public; \
    grant usage on sequence before.commands to public; create table before.cut (at bigint); \
    grant select on before.cut to public; \
    create function before.cut() returns event_trigger language plpgsql as $$ begin \
      if nextval('before.commands') = (select at from before.cut) then \
        perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(60); end if; end $$; \
    create event trigger cut on ddl_command_start execute function before.cut()";

#[tokio::test]
async fn a_run_that_is_cut_off_leaves_everything_as_it_was() {
    for (seed, script) in [(1, WEB_APP.to_owned()), (2, drawn::script(2))] {
        let foreign = Foreign::with(&script).await;
        foreign.world.sql(CUT).await;
        let before = foreign.fingerprint().await;
        // How many there are, told by one that is taken over.
        let whole = foreign.copy().await;
        whole.take_over().await.unwrap();
        let commands: u64 = whole.world.one("select last_value from before.commands").await.parse().unwrap();
        assert!(commands > 100, "{commands}");
        let mut rng = Rng::with_seed(seed);
        for at in [rng.u64(1..commands / 2), rng.u64(commands / 2..commands), commands] {
            let set = format!(
                "delete from before.cut; insert into before.cut values ({at}); select setval('before.commands', 1, false)"
            );
            foreign.world.sql(&set).await;
            let told = foreign.take_over().await.unwrap_err();
            assert!(told.contains("nothing") || told.contains("as it was"), "{told}");
            assert_eq!(foreign.fingerprint().await, before, "cut at {at} of {commands}");
        }
        foreign.world.sql("delete from before.cut").await;
        foreign.take_over().await.unwrap();
        assert_eq!(foreign.findings().await, [""; 0]);
    }
}

#[tokio::test]
async fn a_refusal_says_what_can_be_chosen_and_then_what_stops_it() {
    let script = "create table users (id text, email text); \
        insert into users values (null, 'a@example.com'), ('auth0|b', 'b@example.com'), ('auth0|c', 'B@example.com')";
    let told = Foreign::with(script).await.take_over().await.unwrap_err();
    let (plan, stops) = told.split_once("stops it: users: ").unwrap();
    assert!(plan.contains("--same-address oldest") && plan.contains("--unusable-ids archive"), "{told}");
    assert!(stops.contains("--unusable-ids archive"), "{told}");
}

#[tokio::test]
async fn what_has_another_meaning_is_refused_and_nothing_is_changed() {
    for (script, named) in [
        ("create schema app; create table app.things (id integer)", "app"),
        ("create table instances (hostname text, region text)", "instances"),
        ("create view clusters as select 1 as user_id", "clusters"),
        ("create table usage_daily (day integer, visits bigint) partition by range (day)", "usage_daily"),
    ] {
        let foreign = Foreign::with(&format!("create table users (id text primary key, email text); {script}")).await;
        let before = foreign.fingerprint().await;
        let told = foreign.take_over().await.unwrap_err();
        assert!(told.contains(named), "{script}: {told}");
        assert_eq!(foreign.fingerprint().await, before, "{script}");
    }
}
