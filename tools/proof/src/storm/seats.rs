//! A client of seats: logins, assignments, clusters, invites, members, statuses.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::TestRequest;

use super::session::{Actor, Api, Session, email, in_path};

/// The functions that it calls.
pub const FUNCTIONS: [&str; 4] = [sync_user::NAME, assign_cluster::NAME, team::NAME, admin_users::NAME];

const USERS: usize = 40;
const CLUSTERS_AT_MOST: usize = 6;

pub struct Client<A> {
    pub session: Session<A>,
}

impl<A: Api> Actor for Client<A> {
    /// A refusal is an answer too.
    async fn act(&mut self) {
        let (one, other) = (self.user(), self.user());
        match self.session.rng.u32(0..1000) {
            0..300 => self.log_in(&one).await,
            300..400 => self.assign(&self.session.token(&one), json!({})).await,
            400..500 => {
                let cluster = self.cluster().await;
                self.assign(&self.session.admin(), json!({ "user_id": one, "cluster_id": cluster })).await;
            }
            500..550 => {
                let path = format!("/api/clusters/assign/{}", in_path(&one));
                self.administer(assign_cluster::NAME, TestRequest::new(Method::DELETE, &path)).await;
            }
            550..600 => {
                let status = ["active", "active", "maintenance", "inactive"][self.session.rng.usize(0..4)];
                self.change_cluster(json!({ "status": status })).await;
            }
            600..680 => {
                let max_users = self.session.rng.u32(0..9);
                self.change_cluster(json!({ "max_users": max_users })).await;
            }
            680..690 => self.add_cluster().await,
            690..820 => self.session.join(&one, &other).await,
            820..900 => {
                let by = [one.as_str(), other.as_str(), "auth0|admin"][self.session.rng.usize(0..3)];
                self.session.leave(&one, by).await;
            }
            900..930 => self.set_status(&one, "suspended").await,
            // The deleted come back by it, too.
            930..992 => self.set_status(&one, "active").await,
            992..996 => {
                let close = TestRequest::new(Method::DELETE, "/api/auth/me").bearer(&self.session.token(&one));
                self.session.send("end", sync_user::NAME, close).await;
            }
            _ => self.set_status(&one, "deleted").await,
        }
    }
}

impl<A: Api> Client<A> {
    /// New ones come as others go.
    fn user(&mut self) -> String {
        format!("auth0|{}", self.session.rng.usize(0..USERS) + self.session.sent / 20)
    }

    async fn log_in(&mut self, user: &str) {
        let now = self.session.world.clock.now();
        let body = json!({ "user_id": user, "email": email(user), "email_verified": true, "logged_in_at": now });
        let request = TestRequest::post("/api/auth/sync-user").json(&body).signed(&self.session.world);
        self.session.send("login", sync_user::NAME, request).await;
    }

    async fn assign(&mut self, token: &str, body: Value) {
        let request = TestRequest::post("/api/clusters/assign").bearer(token).json(&body);
        self.session.send("assignment", assign_cluster::NAME, request).await;
    }

    /// Sends as an administrator.
    async fn administer(&mut self, function: &'static str, request: TestRequest) {
        let request = request.bearer(&self.session.admin());
        self.session.send("administration", function, request).await;
    }

    /// A cluster, drawn by its age.
    async fn cluster(&mut self) -> String {
        let request = TestRequest::get("/api/admin/hopsworks-clusters?limit=200").bearer(&self.session.admin());
        let listed = self.session.api.send(assign_cluster::NAME, request).await.expect(200);
        let clusters = listed.json["items"].as_array().expect("a list of clusters");
        // Newest first: counted from the end, they stay the same while others are added.
        let at = clusters.len() - 1 - self.session.rng.usize(..) % clusters.len();
        clusters[at]["id"].as_str().expect("an id").to_owned()
    }

    async fn change_cluster(&mut self, changes: Value) {
        let path = format!("/api/admin/hopsworks-clusters/{}", self.cluster().await);
        self.administer(assign_cluster::NAME, TestRequest::new(Method::PATCH, &path).json(&changes)).await;
    }

    async fn add_cluster(&mut self) {
        let rng = &mut self.session.rng;
        let (name, max_users) = (format!("c{}", rng.usize(0..CLUSTERS_AT_MOST)), rng.u32(0..6));
        let body = json!({ "name": name, "api_url": "https://c.example.com", "max_users": max_users });
        let request = TestRequest::post("/api/admin/hopsworks-clusters").json(&body);
        self.administer(assign_cluster::NAME, request).await;
    }

    async fn set_status(&mut self, user: &str, status: &str) {
        let path = format!("/api/admin/users/{}", in_path(user));
        let request = TestRequest::new(Method::PATCH, &path).json(&json!({ "status": status }));
        self.administer(admin_users::NAME, request).await;
    }
}
