//! What Supavisor refuses with, which PgBouncer does not: a new password once, and for good what an operator must mend.

use chrono::TimeDelta;
use serde_json::json;
use shared::clock::Clock;
use testkit::{
    Function, World,
    supavisor::{NEW_PASSWORD, NO_PASSWORD, Supavisor},
};

use crate::logins::sign_up;

/// A world whose clock stands still, and the pooler.
async fn world() -> (World, Supavisor) {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let pooler = Supavisor::start(world.stack.pgbouncer_port).await.unwrap();
    (world, pooler)
}

/// An instance that has been refused when it started.
async fn refused(world: &World, pooler: &Supavisor, times: usize, refusal: (&str, &str)) -> Function {
    let before = pooler.connections();
    pooler.refuse(times, refusal);
    let function = world.function_through(pooler.port, sync_user::NAME, sync_user::routes()).await;
    assert_eq!(pooler.connections(), before + 1, "an instance connects before its first request");
    function
}

#[tokio::test]
async fn a_new_password_that_the_pooler_does_not_know_yet_is_tried_again_in_the_same_request() {
    let (world, pooler) = world().await;
    let mut secret = world.secret(pooler.port);
    let secret_id = world.put_secret(&secret).await;
    let config = Ok(world.config(&secret_id));
    let function = Function::start(sync_user::NAME, sync_user::routes(), config, world.clock.clone()).await;
    // Rotated: the old password is refused, then the new one, which is right, and then it is known.
    let rotated = format!("{}?application_name=rotated", secret["database_url"].as_str().unwrap());
    secret["database_url"] = json!(rotated);
    world.replace_secret(&secret_id, &secret).await;
    // The kept connection is too old, and the kept secret is not.
    world.clock.advance(TimeDelta::minutes(4));
    pooler.refuse(2, NEW_PASSWORD);
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(pooler.connections(), 4, "at the start, the old password, the new one, and the new one again");
}

#[tokio::test]
async fn a_wrong_password_is_tried_twice_and_then_left_alone_for_a_minute() {
    let (world, pooler) = world().await;
    let function = refused(&world, &pooler, 100, NEW_PASSWORD).await;
    world.clock.advance(TimeDelta::seconds(2));
    for _ in 0..3 {
        function.send(sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    }
    assert_eq!(pooler.connections(), 2);
    world.clock.advance(TimeDelta::seconds(60));
    for _ in 0..3 {
        function.send(sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    }
    assert_eq!(pooler.connections(), 3);
    pooler.refuse(0, NEW_PASSWORD);
    world.clock.advance(TimeDelta::seconds(60));
    function.send(sign_up(&world, "ann")).await.expect(200);
    // What was refused once and then accepted is new again when it is refused the next time.
    world.clock.advance(TimeDelta::minutes(4));
    pooler.refuse(1, NEW_PASSWORD);
    function.send(sign_up(&world, "ann")).await.expect(200);
}

#[tokio::test]
async fn what_an_operator_must_mend_is_not_knocked_on_again_and_the_log_says_what_to_do() {
    let (world, pooler) = world().await;
    for (refusal, what_to_do) in [
        (NO_PASSWORD, "\\password api"),
        (("XX000", "(EAUTHQUERY) user not found in the database"), "\\password api"),
        (("XX000", "(EAUTHSECRETS) failed to retrieve authentication secrets: :x"), "\\password api"),
        (("XX000", "(ESSLREQUIRED) SSL connection is required for user: api"), "database_ca_pem"),
        (("XX000", "(EADDRNOTALLOWED) address not in tenant allow_list: {1, 2, 3, 4}"), "network restrictions"),
        (("XX000", "(ENOIDENTIFIER) no tenant identifier provided"), "api.<project ref>"),
        (("XX000", "(EINVALIDUSERINFO) Authentication error"), "api.<project ref>"),
        (("XX000", "(EMULTIPLEUSERS) multiple users matched"), "api.<project ref>"),
        (("XX000", "(EBANNED) tenant is banned: x"), "support"),
        (("XX000", "(ECIRCUITBREAKER) too many authentication failures"), "when they have stopped"),
        (("08P01", "(EAUTHPROTOCOL) protocol violation during authentication"), "api.<project ref>"),
        (("XX000", "(ENOTFOUND) tenant/user api.x not found"), "api.<project ref>"),
        (("XX000", "Tenant or user not found"), "api.<project ref>"),
        (("3D000", "database \"x\" does not exist"), "database_url"),
        (("08P01", "server login failed: FATAL database \"x\" does not exist"), "database_url"),
        (("42501", "permission denied for database \"x\""), "database_url"),
    ] {
        let function = refused(&world, &pooler, 100, refusal).await;
        let before = pooler.connections();
        for _ in 0..3 {
            let refused = function.send(sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
            assert!(refused.headers.contains_key("retry-after"), "{refusal:?}");
        }
        assert_eq!(pooler.connections(), before, "{refusal:?}");
        let log = function.log.text().replace("\\\\", "\\");
        assert!(log.contains(what_to_do), "{refusal:?}: {log}");
        world.clock.advance(TimeDelta::seconds(75));
        function.send(sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
        assert_eq!(pooler.connections(), before + 1, "{refusal:?}");
        pooler.refuse(0, refusal);
        world.clock.advance(TimeDelta::seconds(75));
        function.send(sign_up(&world, "ann")).await.expect(200);
    }
}

#[tokio::test]
async fn an_address_that_was_refused_is_left_as_soon_as_the_secret_has_another() {
    let (world, pooler) = world().await;
    pooler.refuse(100, NO_PASSWORD);
    let mut secret = world.secret(pooler.port);
    let secret_id = world.put_secret(&secret).await;
    let config = Ok(world.config(&secret_id));
    let function = Function::start(sync_user::NAME, sync_user::routes(), config, world.clock.clone()).await;
    secret["database_url"] = world.secret(world.stack.pgbouncer_port)["database_url"].clone();
    world.replace_secret(&secret_id, &secret).await;
    world.clock.advance(TimeDelta::seconds(6));
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert_eq!(pooler.connections(), 1);
}

#[tokio::test]
async fn what_passes_is_repeated_and_an_unknown_code_ends_the_call() {
    let (world, pooler) = world().await;
    for passing in [
        "(EMAXCONN) max client connections reached, limit: 200",
        "(ECHECKOUTTIMEOUT) unable to check out connection from the pool",
        "(EDBHANDLEREXITED) DbHandler exited. Check logs for more information",
        "(EPOOLTERMINATING) pool terminating: pool is terminating",
        "(ESUBSCRIBERETRIES) failed to subscribe to tenant after multiple retries. Terminating",
        "(EWORKERNOTFOUND) worker processes (manager/pool) not found for tenant x",
        "(EPROXYSTARTFAILED) failed to start proxy connection",
    ] {
        let function = refused(&world, &pooler, 3, ("XX000", passing)).await;
        function.send(sign_up(&world, "ann")).await.expect(200);
    }
    let function = refused(&world, &pooler, 100, ("XX000", "(ETOMORROW) something new")).await;
    let before = pooler.connections();
    function.send(sign_up(&world, "ann")).await.expect_problem(503, "unavailable");
    assert_eq!(pooler.connections(), before + 1);
}
