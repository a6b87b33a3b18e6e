//! The world in which the examples of `openapi.yaml` are true: noon of November 25, Ann with a team, Bob.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contract::openapi;
use serde_json::json;
use shared::{
    clock::Clock,
    http::routes::{Access, Operation},
};
use testkit::{Function, TestRequest, World};

const NOW: &str = "2026-11-25T12:00:00Z";
const INVITE_TOKEN: &str = "q3vNf0yq3v6m1eJ8sC4tXw2bZ7hR5kD9uG1aL0pYcTA";

/// Everything of which the examples name the id.
pub async fn world() -> World {
    let mut world = World::new().await;
    world.clock = Clock::manual(NOW.parse::<DateTime<Utc>>().unwrap());
    world.database_time_is(&format!("timestamptz '{NOW}'")).await;
    world
        .sql(
            "insert into public.hopsworks_clusters (id, name, api_url, max_users, metadata) values \
             ('3c9d7a52-41f6-4f0b-8d3e-6a5b1c2d9e70', 'demo.hops.works', 'https://demo.hops.works', 100, '{\"region\": \"eu-north-1\"}'); \
             insert into public.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'auth0|admin')",
        )
        .await;
    world.add_administrator().await;
    for name in ["ann", "bob", "eve"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world
        .sql(&format!(
            "update public.users set metadata = '{{\"tags\": [\"beta\"]}}' where id = 'auth0|ann'; \
             insert into public.clusters (id, user_id, deployment_type, zone) \
             values ('8e2f5b14-7c63-4d9a-b1f0-2a4c6e8d0b35', 'auth0|ann', 'aws', 'eu-north-1'); \
             insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at) \
             values ('d1a6c3f8-0b57-4e2c-9f84-7b3e5d1c6a29', 'auth0|ann', 'eve@example.com', \
                     sha256('{INVITE_TOKEN}'), app.now() + interval '7 days')"
        ))
        .await;
    world
}

/// What has been paid, used and changed so far, through the functions themselves.
pub async fn so_far(world: &World, functions: &Functions) {
    let purchase = json!({ "user_id": "auth0|ann", "amount": "100.00", "reference": "pi_3QJ7aB2eZvKYlo2C" });
    let reading = |name: &str, day: &str| {
        json!({
            "source": "cluster-1",
            "user_id": format!("auth0|{name}"),
            "window_start": format!("{day}T09:00:00Z"),
            "window_end": format!("{day}T10:00:00Z"),
            "cpu_hours": "8",
            "gpu_hours": "1",
            "storage_gb": "36",
        })
    };
    let requests = [
        TestRequest::post("/api/credits/purchases")
            .bearer(&world.machine_token(&["credits:write"]))
            .header("idempotency-key", "pi_3QJ7aB2eZvKYlo2C")
            .json(&purchase),
        TestRequest::post("/api/usage")
            .bearer(&world.machine_token(&["usage:write"]))
            .json(&json!({ "readings": [reading("ann", "2026-11-24"), reading("bob", "2026-11-25")] })),
        TestRequest::new(axum::http::Method::PATCH, "/api/admin/users/auth0%7Cann")
            .bearer(&world.token("auth0|admin"))
            .json(&json!({ "name": "Ann Lee" })),
    ];
    for (request, operation) in requests.into_iter().zip(["record_purchase", "record_usage", "update_user"]) {
        let response = functions.of(operation).send(request).await;
        assert!(response.status < 300, "{operation}: {}", response.text);
    }
}

/// Access may call an operation.
pub fn token(world: &World, operation: &Operation) -> String {
    match operation.access {
        _ if operation.id == "accept_invite" => world.token_with_email("auth0|eve", "eve@example.com"),
        _ if operation.id == "assign_user" => world.token("auth0|admin"),
        Access::Admin => world.token("auth0|admin"),
        Access::Machine(permission) | Access::MachineOrAdmin(permission) => world.machine_token(&[permission]),
        Access::ActionOrUser | Access::User | Access::AccountOwner => {
            world.token_with_email("auth0|ann", "ann@example.com")
        }
    }
}

/// One instance of each function.
pub struct Functions(BTreeMap<&'static str, Function>);

impl Functions {
    pub async fn start(world: &World) -> Self {
        let mut by_function = BTreeMap::new();
        for (name, routes) in openapi::functions() {
            by_function.insert(name, world.function(name, routes).await);
        }
        Self(by_function)
    }

    /// The function that has this operation.
    pub fn of(&self, operation: &str) -> &Function {
        let has = |routes: &shared::app::Routes| routes.operations().iter().any(|known| known.id == operation);
        let (name, _) = openapi::functions().into_iter().find(|(_, routes)| has(routes)).unwrap();
        &self.0[name]
    }
}
