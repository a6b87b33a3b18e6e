//! Wrong settings and secrets: one clear line in the log, a 503, and no secret printed.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    config::{Config, ConfigError},
};
use testkit::{Function, TestRequest, World, stack::API_PASSWORD};

use crate::logins::sign_up;

const ME: &str = "/api/auth/me";

async fn start(world: &World, config: Result<Config, ConfigError>) -> Function {
    Function::start(sync_user::NAME, sync_user::routes(), config, world.clock.clone()).await
}

/// Asks for a login and for `me`; both must be 503, with `said` in the log and no secret anywhere.
async fn is_unavailable(world: &World, function: &Function, said: &str) {
    let login = function.send(sign_up(world, "ann")).await.expect_problem(503, "unavailable");
    let me =
        function.send(TestRequest::get(ME).bearer(&world.token("auth0|ann"))).await.expect_problem(503, "unavailable");
    let log = function.log.text();
    let lines: Vec<Value> = function.log.lines();
    assert!(!log.contains("the database: the secret"), "it was not the database: {log}");
    let says = |line: &&Value| line["reason"].as_str().is_some_and(|reason| reason.contains(said));
    assert!(lines.iter().any(|line| says(&line)), "{said} is not in {log}");
    let secret = world.secret(0);
    let webhook_secret = secret["webhook_secret"].as_str().unwrap();
    for text in [&login.text, &me.text, &log] {
        assert!(!text.contains(API_PASSWORD) && !text.contains(webhook_secret), "{text}");
        assert!(!text.contains(webhook_secret.trim_start_matches("whsec_")), "{text}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_named_in_the_log_and_every_request_is_a_503() {
    let world = World::new().await;
    let config =
        Config::from_lookup("release_0", |name| (name != "APP_SECRET_ID").then(|| "https://x.test/".to_owned()));
    let function = start(&world, config).await;
    is_unavailable(&world, &function, "APP_SECRET_ID is missing").await;
    let levels: Vec<_> = function.log.lines().iter().map(|line| line["level"].clone()).collect();
    assert_eq!(levels[0], "ERROR");
}

#[tokio::test]
async fn roots_that_nobody_knows_are_out_of_order_and_the_variable_is_named() {
    let world = World::new().await;
    let config = Config::from_lookup("release_0", |name| {
        Some(if name == "SECRETS_MANAGER_ROOTS" { "mozilla" } else { "https://x.test/" }.to_owned())
    });
    let function = start(&world, config).await;
    is_unavailable(&world, &function, "SECRETS_MANAGER_ROOTS must be `amazon` or `system`").await;
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_named() {
    let world = World::new().await;
    let function = start(&world, Ok(world.config("test/no-such-secret"))).await;
    is_unavailable(&world, &function, "test/no-such-secret").await;
}

#[tokio::test]
async fn a_secret_of_the_wrong_form_is_not_repeated() {
    let world = World::new().await;
    let good = world.secret(world.stack.pgbouncer_port);
    let with = |member: &str, value: Value| {
        let mut secret = good.clone();
        secret[member] = value;
        secret
    };
    let password = API_PASSWORD;
    for (secret, said) in [
        (json!([password]), "is not a JSON object"),
        (json!({ "database_url": good["database_url"] }), "is not a JSON object"),
        (with("webhook_secret", json!({ "key": good["webhook_secret"] })), "is not a JSON object"),
        (with("webhook_secret", json!(password)), "`webhook_secret` must start with whsec_"),
        (with("webhook_secret", json!("whsec_c2hvcnQ=")), "must hold 24 to 64 bytes"),
    ] {
        let function = start(&world, Ok(world.config(&world.put_secret(&secret).await))).await;
        is_unavailable(&world, &function, said).await;
    }
    let odd = with("database_url", json!(format!("mysql://api:{password}@127.0.0.1/x")));
    let function = start(&world, Ok(world.config(&world.put_secret(&odd).await))).await;
    is_unavailable(&world, &function, "is not a PostgreSQL URL").await;
}

#[tokio::test]
async fn secrets_manager_out_of_reach_is_a_503_that_says_so() {
    let world = World::new().await;
    let mut config = world.config("test/app");
    config.secrets_endpoint_url = Some("http://127.0.0.1:9".to_owned());
    let function = start(&world, Ok(config)).await;
    is_unavailable(&world, &function, "test/app").await;
}

#[tokio::test]
async fn an_issuer_out_of_reach_stops_tokens_and_not_the_action() {
    let world = World::new().await;
    let mut config = world.config(&world.put_secret(&world.secret(world.stack.pgbouncer_port)).await);
    config.jwks_url = "http://127.0.0.1:9/.well-known/jwks.json".to_owned();
    let function = start(&world, Ok(config)).await;
    function.send(sign_up(&world, "ann")).await.expect(200);
    let me = TestRequest::get(ME).bearer(&world.token("auth0|ann"));
    function.send(me).await.expect_problem(503, "unavailable");
    assert!(function.log.text().contains("http://127.0.0.1:9/.well-known/jwks.json"));
}

#[tokio::test]
async fn a_password_that_the_database_refuses_is_read_again_once_and_not_tried_in_a_loop() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let good = world.secret(world.stack.pgbouncer_port);
    let mut bad = good.clone();
    let url = good["database_url"].as_str().unwrap();
    bad["database_url"] = json!(url.replace(API_PASSWORD, "wrong-password"));
    let secret_id = world.put_secret(&bad).await;
    let function = start(&world, Ok(world.config(&secret_id))).await;

    is_unavailable(&world, &function, "was refused a moment ago").await;
    assert!(!function.log.text().contains("wrong-password"));

    // Rotated: the next request reads the secret again and is served.
    world.replace_secret(&secret_id, &good).await;
    world.clock.advance(TimeDelta::seconds(6));
    function.send(sign_up(&world, "ann")).await.expect(200);
}

#[tokio::test]
async fn the_secret_is_kept_five_minutes_and_served_stale_while_its_source_is_down() {
    let mut world = World::new().await;
    world.clock = Clock::manual(world.clock.now());
    let secret_id = world.put_secret(&world.secret(world.stack.pgbouncer_port)).await;
    let function = start(&world, Ok(world.config(&secret_id))).await;
    world.replace_secret(&secret_id, &json!("no longer a secret of ours")).await;
    world.clock.advance(TimeDelta::seconds(299));
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert!(!function.log.text().contains("the secret could not be read"), "it is not read again before");
    world.clock.advance(TimeDelta::seconds(1));
    function.send(sign_up(&world, "ann")).await.expect(200);
    assert!(function.log.text().contains("the secret could not be read"));
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_function_lives_on() {
    let world = World::new().await;
    let routes = axum::Router::from(sync_user::routes())
        .route("/panic", axum::routing::get(|| async { panic!("at the disco") as () }));
    let function = world.function(sync_user::NAME, routes).await;
    function.send(TestRequest::get("/panic")).await.expect_problem(500, "internal_error");
    function.send(sign_up(&world, "ann")).await.expect(200);
}
