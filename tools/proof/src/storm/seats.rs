//! A client of seats: logins, assignments, clusters, invites, members, statuses.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::Method;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Actor, Answers};
use testkit::{TestRequest, World};

/// The functions that it calls.
pub const FUNCTIONS: [&str; 4] = [sync_user::NAME, assign_cluster::NAME, team::NAME, admin_users::NAME];

const USERS: usize = 40;
const CLUSTERS_AT_MOST: usize = 6;

pub struct Client<A> {
    world: Arc<World>,
    answers: A,
    rng: Rng,
    admin: String,
    /// How often each status was answered.
    pub statuses: BTreeMap<u16, usize>,
}

impl<A: Answers> Actor for Client<A> {
    /// A refusal is an answer too.
    async fn act(&mut self) {
        let (one, other) = (self.user(), self.user());
        match self.rng.u32(0..1000) {
            0..300 => self.log_in(&one).await,
            300..400 => self.assign(&one, None).await,
            400..500 => self.assign_somewhere(&one).await,
            500..550 => self.unassign(&one).await,
            550..600 => self.change_status_of_a_cluster().await,
            600..680 => self.change_capacity().await,
            680..690 => self.add_cluster().await,
            690..820 => self.join(&one, &other).await,
            820..900 => self.leave(&one, &other).await,
            900..930 => self.set_status(&one, "suspended").await,
            930..996 => self.set_status(&one, "active").await,
            _ => self.set_status(&one, "deleted").await,
        }
    }
}

impl<A: Answers> Client<A> {
    pub fn new(world: Arc<World>, answers: A, seed: u64) -> Self {
        let admin = world.token("auth0|admin");
        Self { rng: Rng::with_seed(seed), world, answers, admin, statuses: BTreeMap::new() }
    }

    /// Somebody: new ones come as the deleted go.
    fn user(&mut self) -> String {
        let acts: usize = self.statuses.values().sum();
        format!("auth0|{}", self.rng.usize(0..USERS) + acts / 20)
    }

    fn token(&self, user: &str) -> String {
        self.world.token_with_email(user, &format!("{}@example.com", user.replace('|', "-")))
    }

    fn count(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    async fn log_in(&mut self, user: &str) {
        let body = json!({ "user_id": user, "logged_in_at": self.world.clock.now() });
        let ask = TestRequest::post("/api/auth/sync-user").json(&body).signed(&self.world);
        let status = self.answers.send(sync_user::NAME, ask).await.status;
        self.count(status);
    }

    async fn assign(&mut self, user: &str, cluster: Option<String>) {
        let (token, body) = match cluster {
            None => (self.token(user), json!({})),
            Some(id) => (self.admin.clone(), json!({ "user_id": user, "cluster_id": id })),
        };
        let ask = TestRequest::post("/api/clusters/assign").bearer(&token).json(&body);
        let status = self.answers.send(assign_cluster::NAME, ask).await.status;
        self.count(status);
    }

    async fn assign_somewhere(&mut self, user: &str) {
        let cluster = self.cluster().await;
        self.assign(user, Some(cluster)).await;
    }

    async fn unassign(&mut self, user: &str) {
        let path = format!("/api/clusters/assign/{}", user.replace('|', "%7C"));
        let status = self
            .answers
            .send(assign_cluster::NAME, TestRequest::new(Method::DELETE, &path).bearer(&self.admin))
            .await
            .status;
        self.count(status);
    }

    /// A cluster, drawn by its age.
    async fn cluster(&mut self) -> String {
        let ask = TestRequest::get("/api/admin/hopsworks-clusters?limit=200").bearer(&self.admin);
        let listed = self.answers.send(assign_cluster::NAME, ask).await.expect(200);
        let clusters = listed.json["items"].as_array().expect("a list of clusters");
        // Newest first: counted from the end, they stay the same while others are added.
        let at = clusters.len() - 1 - self.rng.usize(..) % clusters.len();
        clusters[at]["id"].as_str().expect("an id").to_owned()
    }

    async fn change_cluster(&mut self, changes: Value) {
        let path = format!("/api/admin/hopsworks-clusters/{}", self.cluster().await);
        let ask = TestRequest::new(Method::PATCH, &path).bearer(&self.admin).json(&changes);
        let status = self.answers.send(assign_cluster::NAME, ask).await.status;
        self.count(status);
    }

    async fn change_status_of_a_cluster(&mut self) {
        let status = ["active", "active", "maintenance", "inactive"][self.rng.usize(0..4)];
        self.change_cluster(json!({ "status": status })).await;
    }

    async fn change_capacity(&mut self) {
        let max_users = self.rng.u32(0..9);
        self.change_cluster(json!({ "max_users": max_users })).await;
    }

    async fn add_cluster(&mut self) {
        let name = format!("c{}", self.rng.usize(0..CLUSTERS_AT_MOST));
        let body = json!({ "name": name, "api_url": "https://c.example.com", "max_users": self.rng.u32(0..6) });
        let ask = TestRequest::post("/api/admin/hopsworks-clusters").bearer(&self.admin).json(&body);
        let status = self.answers.send(assign_cluster::NAME, ask).await.status;
        self.count(status);
    }

    async fn join(&mut self, owner: &str, user: &str) {
        let email = format!("{}@example.com", user.replace('|', "-"));
        let invite = TestRequest::post("/api/team/invites").bearer(&self.token(owner)).json(&json!({ "email": email }));
        let invited = self.answers.send(team::NAME, invite).await;
        self.count(invited.status);
        let Some(token) = invited.json["token"].as_str() else { return };
        let accept =
            TestRequest::post("/api/team/invites/accept").bearer(&self.token(user)).json(&json!({ "token": token }));
        let status = self.answers.send(team::NAME, accept).await.status;
        self.count(status);
        if status != 200 {
            // An invite that stays open would refuse the next one to her.
            let id = invited.json["id"].as_str().unwrap_or_default();
            let withdraw =
                TestRequest::new(Method::DELETE, &format!("/api/team/invites/{id}")).bearer(&self.token(owner));
            let status = self.answers.send(team::NAME, withdraw).await.status;
            self.count(status);
        }
    }

    /// She leaves, or another one removes her, who may be her owner.
    async fn leave(&mut self, user: &str, other: &str) {
        let by = if self.rng.bool() { user } else { other };
        let path = format!("/api/team/members/{}", user.replace('|', "%7C"));
        let status =
            self.answers.send(team::NAME, TestRequest::new(Method::DELETE, &path).bearer(&self.token(by))).await.status;
        self.count(status);
    }

    /// As an administrator does who suspends, reactivates or deletes.
    async fn set_status(&mut self, user: &str, status: &str) {
        let path = format!("/api/admin/users/{}", user.replace('|', "%7C"));
        let ask = TestRequest::new(Method::PATCH, &path).bearer(&self.admin).json(&json!({ "status": status }));
        let status = self.answers.send(admin_users::NAME, ask).await.status;
        self.count(status);
    }
}
