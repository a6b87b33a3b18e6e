//! The pooler restarts, PostgreSQL restarts, a socket falls silent: an answer all the same, or a 503.

use std::time::Duration;

use chrono::TimeDelta;
use shared::clock::Clock;
use testkit::{Function, TestRequest, TestResponse, World, own_stack, proxy::Proxy};
use tokio::time::timeout;

use crate::logins::{instance, sign_up};

const ME: &str = "/api/auth/me";

/// A connection that was not used for so long may have died unnoticed.
const IDLE: TimeDelta = TimeDelta::seconds(5);

/// No request hangs, whatever is broken. (How fast an answer is, is not for a test to say.)
const NEVER_LONGER_THAN: Duration = Duration::from_secs(10);

async fn response(function: &Function, request: TestRequest) -> TestResponse {
    let response = timeout(NEVER_LONGER_THAN, function.send(request)).await.expect("an answer in time");
    // Shown when the test fails.
    println!("{} {}", response.status, function.log.lines().last().expect("a log"));
    response
}

#[tokio::test]
async fn restarts_are_answered_and_an_outage_is_a_503() {
    let mut stack = own_stack("restarts").await;
    let world = World::on(stack.address).await;
    let function = instance(&world).await;
    let me = || TestRequest::get(ME).bearer(&world.token("auth0|ann"));
    function.send(sign_up(&world, "ann")).await.expect(200);

    stack.pgbouncer.restart().await.unwrap();
    response(&function, me()).await.expect(200);

    stack.postgres.restart().await.unwrap();
    response(&function, sign_up(&world, "ann")).await.expect(200);

    stack.postgres.kill();
    stack.postgres.start_again().await.unwrap();
    response(&function, me()).await.expect(200);

    stack.postgres.stop().await;
    response(&function, me()).await.expect_problem(503, "unavailable");
    response(&function, sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    stack.postgres.start_again().await.unwrap();
    response(&function, me()).await.expect(200);

    stack.pgbouncer.stop();
    response(&function, me()).await.expect_problem(503, "unavailable");
    stack.pgbouncer.start_again().await.unwrap();
    let ann = response(&function, sign_up(&world, "ann")).await.expect(200).json;

    assert_eq!(ann["login_count"], 3, "what was answered was counted, and nothing else");
    stack.remove().await.unwrap();
}

#[tokio::test]
async fn a_socket_that_fell_silent_while_idle_is_left_for_a_new_one() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    function.send(sign_up(&world, "ann")).await.expect(200);

    // The question arrives and is done; only its answer is lost. The repeated call must count no second login.
    proxy.silence_open_connections();
    world.clock.advance(IDLE);
    let ann = response(&function, sign_up(&world, "ann")).await.expect(200).json;
    assert_eq!(ann["login_count"], 2);
    assert_eq!(proxy.connections(), 2);
    let me = response(&function, TestRequest::get(ME).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    assert_eq!(me["login_count"], 2);

    proxy.silence_all();
    world.clock.advance(IDLE);
    response(&function, sign_up(&world, "bob")).await.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn a_connection_that_was_idle_for_minutes_is_replaced_before_it_can_fail() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(proxy.connections(), 1);
    world.clock.advance(TimeDelta::minutes(4));
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_connection_that_was_used_a_moment_ago_is_trusted_until_the_calls_own_deadline() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let before = proxy.round_trips();
    proxy.silence_open_connections();
    response(&function, sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    assert_eq!((proxy.connections(), proxy.round_trips() - before), (1, 1), "one call, and no second one");
    let ann = response(&function, sign_up(&world, "ann")).await.expect(200).json;
    assert_eq!(
        (proxy.connections(), &ann["login_count"]),
        (2, &3.into()),
        "the silent one is left, and what it did is done"
    );
}

#[tokio::test]
async fn a_call_that_waits_for_a_lock_is_made_once_and_ends_before_the_action_gives_up() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    let before = proxy.round_trips();
    let mut holder = world.direct().await;
    holder.run("begin; select lock_seats()").await.unwrap();
    response(&function, sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    assert_eq!((proxy.connections(), proxy.round_trips() - before), (1, 1), "one call, on the connection it has");
    assert!(function.log.text().contains("55P03"), "the database ended it, and not a deadline of ours");
    holder.run("rollback").await.unwrap();
    response(&function, sign_up(&world, "ann")).await.expect(200);
    let waits = "select split_part(setting, '=', 2) from pg_proc, unnest(proconfig) s (setting) \
        where proname = 'lock_seats' and setting like 'lock_timeout=%'";
    assert_eq!(world.one(waits).await, "2s", "the Action waits for 3 s");
}
