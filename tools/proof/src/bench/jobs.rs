//! The jobs that are measured, each as a request.

use serde_json::json;

use super::setup::{Setup, user};
use testkit::TestRequest;

/// A number of eighteen digits that one request alone has.
pub fn nonce(at: u64) -> u64 {
    100_000_000_000_000_000 + at
}

/// A kind of request.
#[derive(Clone, Copy)]
pub struct Job {
    pub function: &'static str,
    /// As the page calls it.
    pub what: &'static str,
    /// Each number makes another one.
    request: fn(&Setup, u64) -> TestRequest,
}

impl Job {
    /// Whether `baseline-node` has it too.
    pub fn is_in_node(self) -> bool {
        [LOGIN, LIST_USERS].iter().any(|other| other.what == self.what)
    }

    pub fn request(self, setup: &Setup, at: u64) -> TestRequest {
        (self.request)(setup, at)
    }
}

const fn job(function: &'static str, what: &'static str, request: fn(&Setup, u64) -> TestRequest) -> Job {
    Job { function, what, request }
}

pub const HELLO: Job = job("hello", "hello-world", |_, _| TestRequest::get("/"));
pub const LOGIN: Job =
    job(sync_user::NAME, "a login", |setup, at| login(setup, &format!("auth0|bench{}", user(at)), at));
pub const SIGN_UP: Job =
    job(sync_user::NAME, "sign-ups", |setup, at| login(setup, &format!("auth0|new{}", nonce(at)), at));
/// Of those who are in the queue.
pub const WAITING_LOGIN: Job = job(sync_user::NAME, "logins of waiting users", |setup, at| {
    login(setup, &format!("auth0|waiting{}", user(at)), at)
});
pub const LIST_USERS: Job = job(admin_users::NAME, "a page of users", |setup, _| {
    TestRequest::get("/api/admin/users?limit=50").bearer(&setup.admin)
});
pub const INVARIANTS: Job = job(admin_users::NAME, "a page of invariants", |setup, _| {
    TestRequest::get(&format!("/api/admin/invariants?{PAST_THE_CLUSTERS}")).bearer(&setup.admin)
});
pub const CREDITS: Job = job(credits::NAME, "a balance", |setup, at| setup.get("/api/credits", at));
pub const READING: Job = job(usage::NAME, "a reading", record_usage);

/// One for each function.
pub const JOBS: [Job; 6] = [
    LOGIN,
    LIST_USERS,
    job(assign_cluster::NAME, "a user's deployments", |setup, at| setup.get("/api/clusters", at)),
    job(team::NAME, "the members of a team", |setup, at| setup.get("/api/team/members", at)),
    CREDITS,
    READING,
];

/// Where the first page of users begins: after `{"detail":"","id":"auth0|","kind":""}`.
pub const PAST_THE_CLUSTERS: &str = "cursor=eyJkZXRhaWwiOiIiLCJpZCI6ImF1dGgwfCIsImtpbmQiOiIifQ";

fn login(setup: &Setup, user: &str, at: u64) -> TestRequest {
    let body = json!({ "user_id": user, "name": "Bench", "logged_in_at": setup.began_at });
    // An id is one user's: the kinds of logins count their numbers apart.
    let kind: String = user.chars().filter(char::is_ascii_alphabetic).collect();
    let webhook_id = format!("msg_{kind}_{}", nonce(at));
    TestRequest::post("/api/auth/sync-user").json(&body).signed_as(&setup.world, &webhook_id)
}

fn record_usage(setup: &Setup, at: u64) -> TestRequest {
    let yesterday = (setup.began_at - chrono::Days::new(1)).date_naive();
    let reading = json!({
        "source": "bench",
        "user_id": format!("auth0|bench{}", user(at)),
        "project": nonce(at).to_string(),
        "window_start": format!("{yesterday}T10:00:00Z"),
        "window_end": format!("{yesterday}T11:00:00Z"),
        "cpu_hours": "1.5",
        "gpu_hours": "0",
        "storage_gb": "2",
    });
    TestRequest::post("/api/usage").bearer(&setup.meter).json(&json!({ "readings": [reading] }))
}
