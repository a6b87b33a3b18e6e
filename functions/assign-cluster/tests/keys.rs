//! Keys are encrypted, bound to their row, rotated, and never shown.

use axum::http::Method;
use ops::{app_secret, commands::rotate_keys};
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::{
    fixtures::{instance, log_in},
    hopsworks_clusters::new_cluster,
};

const KEY: &str = "hopsworks-api-key-4711";

const STORED: &str = "select key from ( \
    select api_key from public.hopsworks_clusters union all select hopsworks_api_key from public.clusters \
    union all select token from app.usage_collection) k (key) where key is not null";

/// A cluster with a key, and with a token for its OpenCost.
fn with_keys(name: &str) -> Value {
    let mut body = new_cluster(name, 5);
    body["api_key"] = json!(KEY);
    body["collection"] = json!({ "opencost_url": "https://opencost", "token": KEY, "cpu_cores": 96, "gpus": 8 });
    body
}

/// Everything that can show a key has shown it, or not.
async fn nothing_shows(world: &World, function: &Function, texts: &[String]) {
    let stored = world.all(STORED).await;
    let written = world.all("select before::text || after::text from app.audit_log where after is not null").await;
    for text in texts.iter().chain([&function.log.text()]).chain(&written) {
        assert!(!text.contains(KEY) && !text.contains("`4711`"), "{text}");
        for ciphertext in &stored {
            assert!(!text.contains(ciphertext.as_str()) && !text.contains(&ciphertext[8..]), "{text}");
        }
    }
    assert!(stored.iter().all(|ciphertext| !ciphertext.contains(KEY)));
}

#[tokio::test]
async fn no_answer_no_log_line_and_no_audit_row_shows_a_key_or_its_ciphertext() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    let body = with_keys("first");
    let made =
        function.send(TestRequest::post("/api/admin/hopsworks-clusters").bearer(&admin).json(&body)).await.expect(201);
    assert_eq!((&made.json["has_api_key"], &made.json["encryption_key_id"]), (&json!(true), &json!("k1")));
    let of_token = &made.json["collection"];
    assert_eq!((&of_token["has_token"], &of_token["encryption_key_id"]), (&json!(true), &json!("k1")));
    let path = format!("/api/admin/hopsworks-clusters/{}", made.json["id"].as_str().unwrap());
    let deployment = json!({ "deployment_type": "aws", "hopsworks_api_key": KEY });
    let patch = TestRequest::new(Method::PATCH, &path).bearer(&admin);
    let mut texts = vec![made.text];
    for request in [
        TestRequest::get(&path).bearer(&admin),
        TestRequest::get("/api/admin/hopsworks-clusters").bearer(&admin),
        patch.clone().json(&json!({ "api_key": format!("{KEY}-2") })),
        patch.clone().json(&json!({ "api_key": KEY, "max_users": -1 })),
        patch.clone().json(&json!({ "api_key": 4711 })),
        patch.clone().json(&json!({ "collection": { "token": format!("{KEY}-2") } })),
        patch.clone().json(&json!({ "collection": { "token": KEY, "gpus": -1 } })),
        patch.clone().json(&json!({ "collection": { "token": 4711 } })),
        patch.clone().json(&json!({ "collection": { "tls_ca_pem": KEY } })),
        patch.clone().json(&json!({ "collection": KEY })),
        patch.clone().json(&json!({ "status": KEY })),
        patch.clone().json(&json!({ "metadata": KEY })),
        patch.json(&json!({ "max_users": KEY })),
        TestRequest::post("/api/admin/hopsworks-clusters").bearer(&admin).json(&body),
        TestRequest::post("/api/clusters").bearer(&ann).json(&deployment),
        TestRequest::get("/api/clusters").bearer(&ann),
    ] {
        texts.push(function.send(request).await.text);
    }
    nothing_shows(&world, &function, &texts).await;
    for changed in ["api_key", "collection_token"] {
        let noted = format!("select after ->> '{changed}' from app.audit_log where after ? '{changed}' limit 1");
        assert_eq!(world.one(&noted).await, "[changed]");
    }
}

#[tokio::test]
async fn every_stored_key_is_encrypted_anew_under_the_current_key_and_can_be_rotated_again() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    log_in(&world, "ann").await;
    let function = instance(&world).await;
    for number in 0..3 {
        let body = with_keys(&format!("c{number}"));
        function.send(TestRequest::post("/api/admin/hopsworks-clusters").bearer(&admin).json(&body)).await.expect(201);
        let deployment = json!({ "deployment_type": "aws", "hopsworks_api_key": KEY });
        function
            .send(TestRequest::post("/api/clusters").bearer(&world.token("auth0|ann")).json(&deployment))
            .await
            .expect(201);
    }
    let mut secret = world.secret(world.stack.pgbouncer_port);
    secret["encryption_keys"] = app_secret::with_another_key(&secret["encryption_keys"]);
    let url = world.stack.direct_url(&world.database);
    for _ in 0..2 {
        rotate_keys::run(&url, &secret).await.unwrap();
    }
    let under =
        format!("select string_agg(distinct split_part(key, ':', 2), ',') || ' ' || count(*) from ({STORED}) k");
    assert_eq!(world.one(&under).await, "k2 9");

    // The old key is gone, and what is stored is still what was stored: it can be rotated once more.
    secret["encryption_keys"] = app_secret::with_another_key(&secret["encryption_keys"]);
    secret["encryption_keys"]["keys"].as_object_mut().unwrap().remove("k1");
    rotate_keys::run(&url, &secret).await.unwrap();
    assert_eq!(world.one(&under).await, "k3 9");
}

#[tokio::test]
async fn a_key_that_was_moved_to_another_row_is_named_and_holds_up_no_other() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    let function = instance(&world).await;
    for name in ["a", "b", "c"] {
        let mut body = new_cluster(name, 5);
        body["api_key"] = json!(KEY);
        function.send(TestRequest::post("/api/admin/hopsworks-clusters").bearer(&admin).json(&body)).await.expect(201);
    }
    world.sql("update public.hopsworks_clusters set api_key = (select api_key from public.hopsworks_clusters where name = 'b') where name = 'a'").await;
    let mut secret = world.secret(world.stack.pgbouncer_port);
    secret["encryption_keys"] = app_secret::with_another_key(&secret["encryption_keys"]);
    let error = rotate_keys::run(&world.stack.direct_url(&world.database), &secret).await.unwrap_err();
    let said = format!("{error:#}");
    assert!(said.contains("was encrypted for another place") && !said.contains("enc:"), "{said}");
    let under = "select name || split_part(api_key, ':', 2) from public.hopsworks_clusters order by name";
    assert_eq!(world.all(under).await, ["ak1", "bk2", "ck2"]);
}

#[tokio::test]
async fn without_encryption_keys_nothing_is_stored() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    let mut secret = world.secret(world.stack.pgbouncer_port);
    secret.as_object_mut().unwrap().remove("encryption_keys");
    let config = world.config(&world.put_secret(&secret).await);
    let function =
        Function::start(assign_cluster::NAME, assign_cluster::routes(), Ok(config), world.clock.clone()).await;
    let mut body = new_cluster("first", 5);
    let create = |body: &Value| TestRequest::post("/api/admin/hopsworks-clusters").bearer(&admin).json(body);
    function.send(create(&body)).await.expect(201);
    body["api_key"] = json!(KEY);
    body["name"] = json!("second");
    function.send(create(&body)).await.expect_problem(503, "unavailable");
    assert!(function.log.text().contains("the secret has no `encryption_keys`"));
    assert_eq!(world.one("select count(*) from public.hopsworks_clusters").await, "1");
}
