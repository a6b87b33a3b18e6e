//! The parsers, each by the route that it stands behind, in the world of the contract's examples.

use std::sync::{Arc, Mutex};

use axum::{Router, http::Method, routing::get};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use shared::{Error, auth::jwks::Jwks};
use testkit::{Instances, TestRequest, TestResponse, World, lock::lock, server::Server};
use tests::fixtures;
use uuid::Uuid;

/// Where an input stands in a request. Texts are the path, and the name of a header.
#[derive(Clone, Copy)]
pub enum Place {
    Body(fn(&str) -> TestRequest, &'static str),
    /// The body of the signing Action.
    SignedBody,
    /// The body of an event that Stripe has signed.
    StripeBody,
    Query(&'static str),
    /// JSON, encoded as cursors are.
    Cursor(&'static str),
    Header(&'static str, &'static str),
    /// The last part of the path.
    Id(&'static str),
    /// The claims of a token with a good signature.
    Claims,
    /// The issuer's keys.
    Keys,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Admin,
    Ann,
    Machine,
}

pub struct Target {
    pub name: &'static str,
    function: &'static str,
    pub place: Place,
    who: Who,
}

const fn target(name: &'static str, function: &'static str, place: Place, who: Who) -> Target {
    Target { name, function, place, who }
}

use Place::{Body, Claims, Cursor, Header, Id, Keys, Query, SignedBody, StripeBody};
use Who::{Admin, Ann, Machine, Nobody};

fn patch(path: &str) -> TestRequest {
    TestRequest::new(Method::PATCH, path)
}

const CLUSTER: &str = "/api/admin/hopsworks-clusters/3c9d7a52-41f6-4f0b-8d3e-6a5b1c2d9e70";
const PARKED: &str = "/api/admin/parked-payments/6b1f0c3e-2d4a-4e7b-9c58-1a3f5e7d9b20/resolve";
const DEPLOYMENT: &str = "/api/clusters/8e2f5b14-7c63-4d9a-b1f0-2a4c6e8d0b35";

pub const TARGETS: &[Target] = &[
    target("login", "sync-user", SignedBody, Nobody),
    target("user-changes", "admin-users", Body(patch, "/api/admin/users/auth0%7Cann"), Admin),
    target("new-hopsworks-cluster", "assign-cluster", Body(TestRequest::post, "/api/admin/hopsworks-clusters"), Admin),
    target("hopsworks-cluster-changes", "assign-cluster", Body(patch, CLUSTER), Admin),
    target("new-deployment", "assign-cluster", Body(TestRequest::post, "/api/clusters"), Ann),
    target("deployment-changes", "assign-cluster", Body(patch, DEPLOYMENT), Ann),
    target("readings", "usage", Body(TestRequest::post, "/api/usage"), Machine),
    target("rate", "usage", Body(TestRequest::post, "/api/admin/rates"), Admin),
    target("attribution", "usage", Body(TestRequest::post, "/api/admin/unattributed-usage"), Admin),
    target("purchase", "credits", Body(TestRequest::post, "/api/credits/purchases"), Machine),
    target("adjustment", "credits", Body(TestRequest::post, "/api/credits/adjustments"), Admin),
    target("stripe-event", "payments", StripeBody, Nobody),
    target("resolution", "payments", Body(TestRequest::post, PARKED), Admin),
    target("invite", "team", Body(TestRequest::post, "/api/team/invites"), Ann),
    target("acceptance", "team", Body(TestRequest::post, "/api/team/invites/accept"), Ann),
    target("users-query", "admin-users", Query("/api/admin/users"), Admin),
    target("audit-log-query", "admin-users", Query("/api/admin/audit-log"), Admin),
    target("events-query", "admin-users", Query("/api/admin/events"), Admin),
    target("usage-query", "usage", Query("/api/usage"), Ann),
    target("coverage-query", "usage", Query("/api/admin/usage-coverage"), Admin),
    target("parked-query", "payments", Query("/api/admin/parked-payments"), Admin),
    target("transactions-query", "credits", Query("/api/credits/transactions"), Ann),
    target("cursor", "admin-users", Cursor("/api/admin/users"), Admin),
    target("cursor", "assign-cluster", Cursor("/api/admin/hopsworks-clusters"), Admin),
    target("cursor", "assign-cluster", Cursor("/api/clusters"), Ann),
    target("cursor", "payments", Cursor("/api/admin/parked-payments"), Admin),
    target("cursor", "team", Cursor("/api/team/invites"), Ann),
    target("cursor", "team", Cursor("/api/team/members"), Ann),
    target("violations-cursor", "admin-users", Cursor("/api/admin/invariants"), Admin),
    target("audit-log-cursor", "admin-users", Cursor("/api/admin/audit-log"), Admin),
    target("events-cursor", "admin-users", Cursor("/api/admin/events"), Admin),
    target("transactions-cursor", "credits", Cursor("/api/credits/transactions"), Ann),
    target("rates-cursor", "usage", Cursor("/api/admin/rates"), Admin),
    target("coverage-cursor", "usage", Cursor("/api/admin/usage-coverage"), Admin),
    target("unattributed-cursor", "usage", Cursor("/api/admin/unattributed-usage"), Admin),
    target("user-id", "admin-users", Id("/api/admin/users"), Admin),
    target("uuid", "assign-cluster", Id("/api/clusters"), Ann),
    target("accept", "usage", Header("/api/usage", "accept"), Ann),
    target("if-match", "admin-users", Header("/api/admin/users/auth0%7Cann", "if-match"), Admin),
    target("idempotency-key", "credits", Header("/api/credits/purchases", "idempotency-key"), Machine),
    target("authorization", "sync-user", Header("/api/auth/me", "authorization"), Nobody),
    target("webhook-signature", "sync-user", Header("/api/auth/sync-user", "webhook-signature"), Nobody),
    target("stripe-signature", "payments", Header("/api/payments/stripe", "stripe-signature"), Nobody),
    target("webhook-timestamp", "sync-user", Header("/api/auth/sync-user", "webhook-timestamp"), Nobody),
    target("claims", "sync-user", Claims, Nobody),
    target("keys", "sync-user", Keys, Nobody),
];

/// What targets run in.
pub struct Bed {
    pub world: World,
    pub functions: Instances,
    keys: Arc<Mutex<Vec<u8>>>,
    issuer: Server,
}

impl Bed {
    pub async fn new() -> Self {
        let (world, functions) = fixtures::so_far(None).await;
        let keys = Arc::<Mutex<Vec<u8>>>::default();
        let answered = Arc::clone(&keys);
        let routes = Router::new().route("/", get(async move || lock(&answered).clone()));
        Self { world, functions, keys, issuer: Server::start(0, routes).await.unwrap() }
    }

    /// What is wrong with how a function takes this input.
    pub async fn fault(&self, target: &Target, input: &[u8]) -> Option<String> {
        if matches!(target.place, Keys) {
            return self.fault_by_keys(input).await;
        }
        let response = self.answer(target, input).await?;
        (response.status >= 500).then(|| format!("{} {}", response.status, response.text))
    }

    pub async fn answer(&self, target: &Target, input: &[u8]) -> Option<TestResponse> {
        Some(self.functions.send(target.function, self.request(target, input)?).await)
    }

    async fn fault_by_keys(&self, input: &[u8]) -> Option<String> {
        *lock(&self.keys) = input.to_vec();
        let keys = Jwks::new(format!("http://127.0.0.1:{}/", self.issuer.port), self.world.clock.clone()).unwrap();
        match keys.find("first").await {
            Ok(_) | Err(Error::Unavailable(_)) => None,
            Err(error) => Some(format!("{error:?}")),
        }
    }

    /// The request of an input; none if HTTP has no place for it there.
    fn request(&self, target: &Target, input: &[u8]) -> Option<TestRequest> {
        let json = |request: TestRequest| request.header("content-type", "application/json");
        let key = Uuid::new_v4().to_string();
        let request = match target.place {
            Body(method, path) => json(method(path)).header("idempotency-key", &key).bytes(input),
            SignedBody => json(TestRequest::post("/api/auth/sync-user")).bytes(input).signed(&self.world),
            StripeBody => json(TestRequest::post("/api/payments/stripe")).bytes(input).signed_as_stripe(&self.world),
            Query(path) => TestRequest::get(&format!("{path}?{}", encoded(input, b"&=+%"))),
            Cursor(path) => TestRequest::get(&format!("{path}?cursor={}", BASE64URL_NOPAD.encode(input))),
            Id(path) => TestRequest::get(&format!("{path}/{}", encoded(input, b""))),
            Header(path, name) => {
                let visible: Vec<u8> = input.iter().copied().filter(|byte| (b' '..=b'~').contains(byte)).collect();
                let value = String::from_utf8(visible).unwrap();
                match name {
                    "if-match" => json(patch(path)).bytes("{}"),
                    "idempotency-key" => json(TestRequest::post(path)).bytes(r#"{"user_id":"auth0|ann","amount":"1"}"#),
                    "webhook-signature" => TestRequest::post(path)
                        .header("webhook-id", "x")
                        .header("webhook-timestamp", &self.world.clock.now().timestamp().to_string())
                        .bytes(vec![b'x'; 16 * value.len().min(4 * 1024)]),
                    "stripe-signature" => {
                        json(TestRequest::post(path)).bytes(vec![b'x'; 16 * value.len().min(4 * 1024)])
                    }
                    "webhook-timestamp" => TestRequest::post(path).header("webhook-id", "x").bytes("{}"),
                    _ => TestRequest::get(path),
                }
                .header(name, &value)
            }
            Claims => {
                let text = String::from_utf8_lossy(input).replace("ISSUER", &self.world.issuer.url());
                let now_s = self.world.clock.now().timestamp();
                let claims: Value = serde_json::from_str(&text.replace("\"NOW\"", &now_s.to_string())).ok()?;
                TestRequest::get("/api/auth/me").bearer(&self.world.key.sign(&claims))
            }
            Keys => return None,
        };
        Some(match target.who {
            Nobody => request,
            Admin => request.bearer(&self.world.token("auth0|admin")),
            Ann => request.bearer(&self.world.token_with_email("auth0|ann", "ann@example.com")),
            Machine => request.bearer(&self.world.machine_token(&["credits:write", "usage:write"])),
        })
    }
}

/// Percent-encoded, but for letters, digits and these.
fn encoded(input: &[u8], kept: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        byte if byte.is_ascii_alphanumeric() || kept.contains(byte) => char::from(*byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    input.iter().map(one).collect()
}
