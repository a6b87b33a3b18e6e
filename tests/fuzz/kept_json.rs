//! What a change of metadata takes, every read shows, by value; what it does not take is a 400, and nothing is written.

use axum::http::Method;
use contract::openapi;
use fastrand::Rng;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use testkit::{Instances, TestRequest, World};

use crate::{
    arbitrary_json::{Json, object},
    number,
};

const CASES: u64 = 40;
const ANN: &str = "/api/admin/users/auth0%7Cann";
const CLUSTERS: &str = "/api/admin/hopsworks-clusters";

struct Asking {
    world: World,
    functions: Instances,
}

impl Asking {
    async fn send(&self, function: &'static str, request: TestRequest) -> testkit::TestResponse {
        self.functions.send(function, request.bearer(&self.world.token("auth0|admin"))).await
    }

    /// What stands at this place of an answer.
    async fn shown(&self, function: &'static str, path: &str, place: &[&str]) -> Json {
        shown(&self.send(function, TestRequest::get(path)).await.expect(200).text, place)
    }

    async fn audited(&self) -> String {
        self.world.one("select count(*) from app.audit_log").await
    }
}

/// What stands at this place; `0` is the first of a list.
fn shown(text: &str, place: &[&str]) -> Json {
    let mut found = Json::read(&RawValue::from_string(text.to_owned()).unwrap());
    for name in place {
        found = match found {
            Json::Object(mut members) => members.remove(*name).unwrap(),
            Json::List(items) => items.into_iter().next().unwrap(),
            Json::Plain(_) => panic!("{name} in {text}"),
        };
    }
    found
}

fn changed(path: &str, metadata: &str) -> TestRequest {
    let body = format!("{{\"metadata\":{metadata}}}");
    TestRequest::new(Method::PATCH, path).header("content-type", "application/json").bytes(body)
}

#[tokio::test]
async fn metadata_comes_back_from_every_route_as_it_was_sent() {
    let world = World::new().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let functions = Instances::start(&world, openapi::functions()).await;
    let all = Asking { world, functions };
    let first = json!({ "name": "first", "api_url": "https://first.example.com", "max_users": 9 });
    let made = all.send("assign-cluster", TestRequest::post(CLUSTERS).json(&first)).await.expect(201);
    let cluster = format!("{CLUSTERS}/{}", made.json["id"].as_str().unwrap());
    let mut rng = Rng::with_seed(number("FUZZ_SEED").unwrap_or(7));
    let (mut taken, mut refused) = (0, 0);
    for (function, path, in_answer) in
        [("admin-users", ANN, &["metadata"]), ("assign-cluster", &cluster, &["metadata"])]
    {
        let mut expected = all.shown(function, path, in_answer).await;
        for _ in 0..CASES * number("FUZZ_MINUTES").map_or(1, |minutes| 1 + 20 * minutes) {
            let patch = object(&mut rng);
            let entries = all.audited().await;
            let response = all.send(function, changed(path, &patch)).await;
            if response.status == 400 {
                assert!(
                    ["metadata", "body"].iter().any(|field| response.field().starts_with(field))
                        || response.json["code"] == "metadata_too_large",
                    "{patch}: {}",
                    response.text
                );
                assert_eq!(all.audited().await, entries, "{patch}");
                refused += 1;
            } else {
                expected.merge(Json::read(&RawValue::from_string(patch.clone()).unwrap()));
                assert_eq!(shown(&response.expect(200).text, in_answer), expected, "{patch}");
                taken += 1;
            }
            assert_eq!(all.shown(function, path, in_answer).await, expected, "{patch}");
        }
        reads_elsewhere(&all, function, &expected).await;
    }
    assert!(taken > CASES && refused > CASES / 5, "{taken} taken, {refused} refused");
    all.world.assert_sound().await;
}

/// The other places where a user's or a cluster's metadata is read.
async fn reads_elsewhere(all: &Asking, function: &'static str, expected: &Json) {
    let entry = ["items", "0", "after", "metadata"];
    if function == "admin-users" {
        let ann = "email=ann%40example.com";
        assert_eq!(
            &all.shown(function, &format!("/api/admin/users?{ann}"), &["items", "0", "metadata"]).await,
            expected
        );
        let log = "/api/admin/audit-log?limit=1&target=auth0%7Cann";
        assert_eq!(&all.shown(function, log, &entry).await, expected);
        let token = all.world.token_with_email("auth0|ann", "ann@example.com");
        for request in [TestRequest::get("/api/auth/me"), TestRequest::post("/api/auth/sync-user")] {
            let response = all.functions.send("sync-user", request.bearer(&token)).await.expect(200);
            assert_eq!(&shown(&response.text, &["metadata"]), expected);
        }
    } else {
        assert_eq!(&all.shown(function, CLUSTERS, &["items", "0", "metadata"]).await, expected);
        let log = "/api/admin/audit-log?limit=1&action=hopsworks_clusters.update";
        assert_eq!(&all.shown("admin-users", log, &entry).await, expected);
    }
}

/// The filter takes what metadata takes, and finds by value.
#[tokio::test]
async fn a_filter_of_metadata_finds_numbers_by_all_their_digits() {
    #[derive(Deserialize)]
    struct Found {
        items: Vec<Box<RawValue>>,
    }
    let world = World::new().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let functions = Instances::start(&world, openapi::functions()).await;
    let all = Asking { world, functions };
    all.send("admin-users", changed(ANN, r#"{"n":18446744073709551617,"m":1.50}"#)).await.expect(200);
    for (filter, count) in [
        ("%7B%22n%22:18446744073709551617%7D", 1),
        ("%7B%22n%22:18446744073709551618%7D", 0),
        ("%7B%22m%22:15e-1%7D", 1),
    ] {
        let response = all.send("admin-users", TestRequest::get(&format!("/api/admin/users?metadata={filter}"))).await;
        let found: Found = serde_json::from_str(&response.expect(200).text).unwrap();
        assert_eq!(found.items.len(), count, "{filter}");
    }
    let refused = all.send("admin-users", TestRequest::get("/api/admin/users?metadata=%7B%22n%22:1e400%7D")).await;
    assert_eq!(refused.expect(400).field(), "metadata");
}
