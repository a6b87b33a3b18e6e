//! How usage is read from a cluster.

use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

use crate::{
    fixtures::{audit, instance},
    hopsworks_clusters::{change, create, new_cluster},
};

const URL: &str = "https://opencost.first.example.com";

fn settings() -> Value {
    json!({ "opencost_url": URL, "token": "token-4711", "cpu_cores": 96, "gpus": 8 })
}

/// An administrator, and a cluster whose usage is read.
async fn collecting(world: &World, function: &Function) -> (String, Value) {
    let admin = world.add_administrator().await;
    let mut body = new_cluster("first", 5);
    body["collection"] = settings();
    let made = function.send(create(&admin, &body)).await.expect(201).json;
    (admin, made)
}

#[tokio::test]
async fn how_usage_is_read_is_set_changed_and_ended() {
    let world = World::new().await;
    world.database_time_is("timestamptz '2026-07-15 12:30Z'").await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    let mut expected = json!({
        "collects": true, "opencost_url": URL, "tls_ca_pem": null, "has_token": true, "encryption_key_id": "k1",
        "collect_from": "2026-07-15T12:00:00Z", "closed_for_minutes": 120, "cpu_cores": 96, "gpus": 8,
        "system_namespaces": ["kube-system", "kube-public", "kube-node-lease", "default", "opencost", "prometheus",
            "monitoring", "cert-manager", "ingress-nginx", "hopsworks"],
        "failure": null, "projects_failure": null, "projects_seen_at": null, "last_complete_hour": null, "last_hour": null,
    });
    assert_eq!(made["collection"], expected);

    let set = |body: Value| change(&admin, &made["id"], &json!({ "collection": body }));
    let changes = json!({
        "collects": false, "closed_for_minutes": 0, "gpus": 0, "system_namespaces": ["a"], "token": null,
        "collect_from": "2026-07-15T10:00:00Z", "tls_ca_pem": "-----BEGIN CERTIFICATE-----",
    });
    for (name, value) in changes.as_object().unwrap().clone() {
        expected[name] = value;
    }
    expected.as_object_mut().unwrap().remove("token");
    (expected["has_token"], expected["encryption_key_id"]) = (json!(false), Value::Null);
    assert_eq!(function.send(set(changes)).await.expect(200).json["collection"], expected);
    let other = function.send(change(&admin, &made["id"], &json!({ "max_users": 6 }))).await.expect(200).json;
    assert_eq!(other["collection"], expected, "what is left out stays");

    assert_eq!(function.send(set(Value::Null)).await.expect(200).json["collection"], Value::Null);
    // It begins anew, so it takes what it took at first.
    for (missing, code) in
        [("opencost_url", "opencost_url_missing"), ("cpu_cores", "capacity_missing"), ("gpus", "capacity_missing")]
    {
        let mut body = settings();
        body.as_object_mut().unwrap().remove(missing);
        function.send(set(body)).await.expect_problem(400, code);
    }
    function.send(set(settings())).await.expect(200);
    assert_eq!(world.one("select count(*) from app.usage_sources").await, "1", "the source stays the collector's");
}

#[tokio::test]
async fn settings_of_another_form_are_refused_with_the_name_of_the_field() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    for (field, wrong) in [
        ("collects", Value::Null),
        ("opencost_url", json!("http://opencost")),
        ("opencost_url", Value::Null),
        ("tls_ca_pem", json!("no certificate")),
        ("token", json!("two words")),
        ("collect_from", json!("2026-11-25T08:30:00Z")),
        ("closed_for_minutes", json!(10_081)),
        ("cpu_cores", json!(0)),
        ("cpu_cores", json!(1.5)),
        ("gpus", json!(-1)),
        ("system_namespaces", json!(vec!["a"; 201])),
        ("system_namespaces[1]", json!(["a", "A"])),
        ("system_namespaces[0]", json!(["-a"])),
        ("system_namespaces[0]", json!(["x".repeat(64)])),
        ("sealed_token", json!("enc:k1:AAAA")),
    ] {
        let name = field.split('[').next().unwrap();
        let body = json!({ "collection": { name: wrong } });
        let refused = function.send(change(&admin, &made["id"], &body)).await.expect_problem(400, "invalid_body");
        assert_eq!(refused.field(), format!("collection.{field}"));
    }
    assert_eq!(audit(&world).await, ["hopsworks_clusters.create"]);
}

#[tokio::test]
async fn hours_are_read_from_35_days_ago_at_most() {
    let world = World::new().await;
    world.database_time_is("timestamptz '2026-07-15 12:30Z'").await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    let set = |hour: &str| change(&admin, &made["id"], &json!({ "collection": { "collect_from": hour } }));
    function.send(set("2026-06-10T12:00:00Z")).await.expect_problem(400, "collect_from_too_old");
    for hour in ["2026-06-10T13:00:00Z", "2026-08-01T00:00:00Z", "2026-06-10T13:00:00Z"] {
        let answer = function.send(set(hour)).await.expect(200).json;
        assert_eq!(answer["collection"]["collect_from"], hour);
    }
    world.database_time_is("timestamptz '2026-07-20 12:30Z'").await;
    function.send(set("2026-06-10T13:00:00Z")).await.expect(200);
    function.send(set("2026-06-10T14:00:00Z")).await.expect_problem(400, "collect_from_too_old");
}

#[tokio::test]
async fn a_token_is_not_sent_to_another_server_than_it_was_given_for() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    let set = |body: Value| change(&admin, &made["id"], &json!({ "collection": body }));
    let (same, other) = ("https://OPENCOST.first.example.com/path", "https://other.example.com");
    function.send(set(json!({ "opencost_url": same }))).await.expect(200);
    function.send(set(json!({ "opencost_url": other }))).await.expect_problem(409, "token_of_another_server");
    let edit = format!("update app.usage_collection set opencost_url = '{other}'");
    let refused = world.direct().await.run(&edit).await.unwrap_err();
    assert!(format!("{refused:#}").contains("token_of_another_server"), "{refused:#}");
    function.send(set(json!({ "opencost_url": other, "token": "another" }))).await.expect(200);
    function.send(set(json!({ "opencost_url": same, "token": null }))).await.expect(200);
    function.send(set(json!({ "opencost_url": other }))).await.expect(200);
}

#[tokio::test]
async fn a_failure_is_told_and_forgotten_when_what_may_have_caused_it_is_changed() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    for (change_of, forgets) in [
        (json!({ "closed_for_minutes": 60, "cpu_cores": 128 }), false),
        (json!({ "opencost_url": format!("{URL}/path") }), true),
        (json!({ "tls_ca_pem": "-----BEGIN CERTIFICATE-----" }), true),
        (json!({ "token": "another" }), true),
        (json!({ "collects": false }), true),
    ] {
        world
            .sql(
                "update app.usage_collection set error_code = 'time_out', error_detail = 'GET', failing_since = app.now(), \
                 attempts = 3, next_attempt_at = app.now() + interval '1 hour', projects_error_code = 'key_lacks_scope', \
                 projects_error_detail = '320004'",
            )
            .await;
        let body = json!({ "collection": change_of });
        let answer = function.send(change(&admin, &made["id"], &body)).await.expect(200).json["collection"].clone();
        assert_eq!(answer["failure"].is_null(), forgets, "{change_of}: {answer}");
        let is_due = world.one("select next_attempt_at <= app.now() from app.usage_collection").await == "t";
        assert_eq!(is_due, forgets, "{change_of}");
        assert_eq!(answer["projects_failure"], json!({ "code": "key_lacks_scope", "detail": "320004" }));
        if !forgets {
            assert_eq!(answer["failure"]["code"], "time_out");
        }
    }
}

#[tokio::test]
async fn the_source_of_its_readings_becomes_the_collectors_unless_a_machine_has_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    let source = format!("opencost:{}", made["id"].as_str().unwrap());
    let owners = "select source || ' ' || client_id from app.usage_sources";
    assert_eq!(world.all(owners).await, [format!("{source} collect-usage")]);
    let set = |body: Value| change(&admin, &made["id"], &json!({ "collection": body }));
    function.send(set(Value::Null)).await.expect(200);
    world.sql("update app.usage_sources set client_id = 'meter@clients'").await;
    let refused = function.send(set(settings())).await.expect_problem(409, "source_of_another_client");
    assert!(refused.text.contains(&source), "{}", refused.text);
    assert_eq!(world.one("select count(*) from app.usage_collection").await, "0");
}

#[tokio::test]
async fn a_cluster_says_up_to_which_hour_its_usage_is_known_and_what_the_last_one_was() {
    let world = World::new().await;
    world.database_time_is("timestamptz '2026-07-15 12:30Z'").await;
    let function = instance(&world).await;
    let (admin, made) = collecting(&world, &function).await;
    let id = made["id"].as_str().unwrap();
    let other = world.add_cluster("second", 5).await;
    world
        .sql(&format!(
            "update app.usage_collection set collect_from = '2026-07-15 05:00Z'; \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, due_at, error_code) values \
             ('{id}', '2026-07-15 04:00Z', 'missing', app.now(), 'time_out'), \
             ('{id}', '2026-07-15 05:00Z', 'given_up', null, 'time_out'), \
             ('{id}', '2026-07-15 07:00Z', 'expected', app.now(), null), \
             ('{id}', '2026-07-15 09:00Z', 'missing', app.now(), 'time_out'), \
             ('{other}', '2026-07-15 06:00Z', 'missing', app.now(), 'time_out'); \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, collected_at, revised_at, due_at, namespaces, \
               cpu_hours, gpu_hours, storage_gb, digest) values \
             ('{id}', '2026-07-15 06:00Z', 'revised', app.now(), app.now(), app.now(), 2, 1.5, 0, 10, 'd'), \
             ('{id}', '2026-07-15 08:00Z', 'collected', app.now(), null, null, 3, 2.000001, 1, 20, 'd'), \
             ('{other}', '2026-07-15 10:00Z', 'collected', app.now(), null, null, 9, 9, 9, 9, 'd')"
        ))
        .await;
    let get = TestRequest::get(&format!("/api/admin/hopsworks-clusters/{id}")).bearer(&admin);
    let known = async || {
        let collection = function.send(get.clone()).await.expect(200).json["collection"].clone();
        (collection["last_complete_hour"].clone(), collection["last_hour"].clone())
    };
    let last = json!({
        "hour": "2026-07-15T08:00:00Z", "namespaces": 3, "cpu_hours": "2.000001", "gpu_hours": "1", "storage_gb": "20",
    });
    assert_eq!(known().await, (json!("2026-07-15T06:00:00Z"), last.clone()), "the hour after it has not been read");
    world.sql("update app.usage_coverage set state = 'given_up', due_at = null where state = 'expected'").await;
    assert_eq!(known().await, (json!("2026-07-15T08:00:00Z"), last.clone()));
    world.sql("update app.usage_collection set collect_from = '2026-07-15 09:00Z'").await;
    assert_eq!(known().await, (Value::Null, last), "none since then");
    world.sql("delete from app.usage_coverage").await;
    assert_eq!(known().await, (Value::Null, Value::Null));
}
