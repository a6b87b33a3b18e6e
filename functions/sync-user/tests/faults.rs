//! The pooler restarts, PostgreSQL restarts, a socket falls silent: an answer all the same, or a 503.

use std::time::Duration;

use testkit::{Function, TestRequest, TestResponse, World, own_stack, proxy::Proxy};
use tokio::time::timeout;

use crate::logins::{instance, sign_up};

const ME: &str = "/api/auth/me";

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
async fn a_socket_that_falls_silent_is_left_for_a_new_one() {
    let world = World::new().await;
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    function.send(sign_up(&world, "ann")).await.expect(200);

    // The question arrives and is done; only its answer is lost. The repeated call must count no second login.
    proxy.silence_open_connections();
    let ann = response(&function, sign_up(&world, "ann")).await.expect(200).json;
    assert_eq!(ann["login_count"], 2);
    assert_eq!(proxy.connections(), 2);
    let me = response(&function, TestRequest::get(ME).bearer(&world.token("auth0|ann"))).await.expect(200).json;
    assert_eq!(me["login_count"], 2);

    proxy.silence_all();
    response(&function, sign_up(&world, "bob")).await.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn a_connection_that_was_idle_for_minutes_is_replaced_before_it_can_fail() {
    let mut world = World::new().await;
    world.clock = shared::clock::Clock::manual(world.clock.now());
    let proxy = Proxy::start(world.stack.pgbouncer_port).await.unwrap();
    let function = world.function_through(proxy.port, sync_user::NAME, sync_user::routes()).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(proxy.connections(), 1);
    world.clock.advance(chrono::TimeDelta::minutes(4));
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_statement_that_waits_too_long_for_a_lock_is_a_503() {
    let world = World::new().await;
    let function = instance(&world).await;
    let mut holder = world.direct().await;
    holder.run("begin; select lock_seats()").await.unwrap();
    response(&function, sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    holder.run("rollback").await.unwrap();
    response(&function, sign_up(&world, "ann")).await.expect(200);
}
