//! Users and administrators to test with.

use serde_json::Value;
use testkit::{Function, TestRequest, World};

/// A new instance of `assign-cluster`.
pub async fn instance(world: &World) -> Function {
    world.function(assign_cluster::NAME, assign_cluster::routes()).await
}

/// Logs `auth0|<name>` in and returns the name of their cluster, or `null`.
pub async fn log_in(world: &World, name: &str) -> Value {
    let login = format!(
        r#"{{"input": {{"user_id": "auth0|{name}", "email": "{name}@example.com", "logged_in_at": "2026-01-01T00:00:00Z"}}}}"#
    );
    let place = world.one(&format!("select sync_user('{login}') -> 'assignment' -> 'cluster_name'")).await;
    serde_json::from_str(&place).unwrap()
}

/// Where everybody sits: `ann=first bob=-`, by name.
pub async fn seating(world: &World) -> String {
    world
        .one(
            "select string_agg(replace(u.id, 'auth0|', '') || '=' || coalesce(c.name, case when u.waiting_since is null then '-' else 'waits' end), ' ' order by u.id) \
             from public.users u \
             left join public.user_hopsworks_assignments a on a.user_id = u.id \
             left join public.hopsworks_clusters c on c.id = a.hopsworks_cluster_id \
             where u.id <> 'auth0|admin'",
        )
        .await
}

pub fn assign(token: &str, body: &Value) -> TestRequest {
    TestRequest::post("/api/clusters/assign").bearer(token).json(body)
}

/// What has been written down of administrators' changes, oldest first.
pub async fn audit(world: &World) -> Vec<String> {
    world.all("select action from app.audit_log where actor = 'auth0|admin' order by id").await
}
