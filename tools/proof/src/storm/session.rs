//! What the clients of both storms have in common: how they send, what they count, and how teams change.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::http::Method;
use fastrand::Rng;
use serde_json::json;
use testkit::{Instances, TestRequest, TestResponse, World, lock::lock};

/// Sends operations, one after the other.
pub trait Actor: Send + 'static {
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

/// How often each operation was answered by each status.
pub type Statuses = BTreeMap<(&'static str, u16), usize>;

/// What answers a client: functions in this process, or a gateway in front of some.
pub trait Api: Send + Sync + 'static {
    fn send(&self, function: &'static str, request: TestRequest) -> impl Future<Output = TestResponse> + Send;
}

impl Api for Instances {
    async fn send(&self, function: &'static str, request: TestRequest) -> TestResponse {
        Self::send(self, function, request).await
    }
}

/// One client's way to the API.
pub struct Session<A> {
    pub world: Arc<World>,
    pub api: A,
    pub rng: Rng,
    /// How many requests have been answered.
    pub sent: usize,
    /// What all clients were answered.
    pub statuses: Arc<Mutex<Statuses>>,
    /// How long the slowest answer to any of them took.
    pub slowest: Arc<Mutex<Duration>>,
}

impl<A: Api> Session<A> {
    /// `seed` decides everything that the client draws.
    pub fn new(world: Arc<World>, api: A, seed: u64) -> Self {
        Self { world, api, rng: Rng::with_seed(seed), sent: 0, statuses: Arc::default(), slowest: Arc::default() }
    }

    /// Sends a request and counts how it was answered, as `what`.
    pub async fn send(&mut self, what: &'static str, function: &'static str, request: TestRequest) -> TestResponse {
        let started = Instant::now();
        let response = self.api.send(function, request).await;
        let mut slowest = lock(&self.slowest);
        *slowest = slowest.max(started.elapsed());
        self.sent += 1;
        *lock(&self.statuses).entry((what, response.status)).or_default() += 1;
        response
    }

    pub fn admin(&self) -> String {
        self.world.token("auth0|admin")
    }

    pub fn token(&self, user: &str) -> String {
        self.world.token_with_email(user, &email(user))
    }

    /// The owner invites the user, who accepts.
    pub async fn join(&mut self, owner: &str, user: &str) {
        let (owner, body) = (self.token(owner), json!({ "email": email(user) }));
        let invite = TestRequest::post("/api/team/invites").bearer(&owner).json(&body);
        let invited = self.send("invite", team::NAME, invite).await;
        let Some(token) = invited.json["token"].as_str() else { return };
        let accept = TestRequest::post("/api/team/invites/accept").bearer(&self.token(user));
        if self.send("join", team::NAME, accept.json(&json!({ "token": token }))).await.status != 200 {
            // An open invite would refuse the next one to the same user.
            let path = format!("/api/team/invites/{}", invited.json["id"].as_str().unwrap_or_default());
            let withdraw = TestRequest::new(Method::DELETE, &path).bearer(&owner);
            self.send("withdrawal", team::NAME, withdraw).await;
        }
    }

    /// The user leaves a team, or is removed: by the owner, or by somebody who may not.
    pub async fn leave(&mut self, user: &str, by: &str) {
        let request = TestRequest::new(Method::DELETE, &format!("/api/team/members/{}", in_path(user)));
        let request = request.bearer(&self.token(by));
        self.send("leave", team::NAME, request).await;
    }
}

/// The address of a storm's user.
pub fn email(user: &str) -> String {
    format!("{}@example.com", user.trim_start_matches("auth0|"))
}

/// A user's id as it stands in a path.
pub fn in_path(user: &str) -> String {
    user.replace('|', "%7C")
}
