//! The world in which the examples of `openapi.yaml` are true: noon of November 25, Ann with a team, Bob; and one who is gone.

use axum::http::Method;
use chrono::{DateTime, Utc};
use contract::openapi::{self, examples::Example};
use migrations::Release;
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    http::routes::{Access, Operation},
};
use testkit::{Instances, TestRequest, World};
use uuid::Uuid;

use crate::variants;

/// The time in that world.
pub const NOW: &str = "2026-11-25T12:00:00Z";
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
             insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'auth0|admin'); \
             insert into app.usage_sources values ('cluster-1', 'meter@clients')",
        )
        .await;
    world.add_administrator().await;
    for name in ["ann", "bob", "eve", "leaver"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world
        .sql(&format!(
            "select set_user_status('auth0|leaver', 'deleted'); \
             update public.users set metadata = '{{\"tags\": [\"beta\"]}}' where id = 'auth0|ann'; \
             insert into public.clusters (id, user_id, deployment_type, zone) \
             values ('8e2f5b14-7c63-4d9a-b1f0-2a4c6e8d0b35', 'auth0|ann', 'aws', 'eu-north-1'); \
             insert into public.team_invites (id, account_owner_id, email, token_hash, expires_at) \
             values ('d1a6c3f8-0b57-4e2c-9f84-7b3e5d1c6a29', 'auth0|ann', 'eve@example.com', \
                     sha256('{INVITE_TOKEN}'), app.now() + interval '7 days'); \
             insert into public.hopsworks_clusters (id, name, api_url, api_key, max_users, created_at) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', 'north.hops.works', 'https://north.hops.works', \
                     'enc:k1:{sealed}', 0, app.now() + interval '2 s'); \
             insert into app.hopsworks_provisioning (hopsworks_cluster_id, oauth_client_id, last_sweep) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', 'auth0-back-office', \
                     jsonb_build_object('at', app.now(), 'users', 412, 'differing', 1, 'refused', false, 'strangers', 1, \
                       'stranger_examples', '[{{\"hopsworks_user_id\": 10007, \"hopsworks_username\": \"guest000\", \
                         \"email\": \"guest@example.com\"}}]'::jsonb)); \
             insert into app.hopsworks_accounts (id, user_id, hopsworks_cluster_id, wanted, hopsworks_user_id, \
               hopsworks_username, seen_status, seen_at, error_code, error_detail, stuck_since) \
             values ('5f0e8a71-9c2d-4b36-8e17-d4a0b3c6f952', 'auth0|eve', 'ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', \
                     'deactivated', 10042, 'eveexamp', 'active', app.now(), 'refused_160054', \
                     'PUT /admin/users/10042: 400 160054', app.now()); \
             insert into app.usage_collection (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, \
               system_namespaces, projects_seen_at) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', 'https://north.hops.works/opencost', \
                     '2026-11-25 08:00Z', 96, 8, '{{kube-system, opencost, hopsworks}}', app.now()); \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, collected_at, namespaces, cpu_hours, \
               gpu_hours, storage_gb, digest) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', '2026-11-25 08:00Z', 'collected', '2026-11-25 11:05Z', \
                     2, 61.25, 3.5, 1840, 'digest'); \
             insert into app.usage_coverage (hopsworks_cluster_id, hour, state, due_at, attempts, error_code, error_detail) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', '2026-11-25 09:00Z', 'missing', '2026-11-25 12:10Z', 2, \
                     'empty_answer', 'it names no namespace'); \
             insert into app.namespace_hours (hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb) \
             values ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', '2026-11-25 08:00Z', 'churn-lab', 4.5, 0, 120), \
                    ('ffb2c6d1-3e58-4a97-a0c4-8d1f5e7b9a36', '2026-11-25 08:00Z', 'hopsworks', 56.75, 3.5, 1720); \
             insert into app.stripe_payments (id, stripe_id, kind, payment_intent, state, reason, reference, amount_minor, \
               tax_minor, currency, happened_at) \
             values ('6b1f0c3e-2d4a-4e7b-9c58-1a3f5e7d9b20', 'pi_3QL2aB2eZvKYlo2C1uYq8RtW', 'payment', \
                     'pi_3QL2aB2eZvKYlo2C1uYq8RtW', 'parked', 'user_unknown', 'auth0|eva', 6250, 1250, 'usd', \
                     '2026-11-25 11:40Z')",
            sealed = "A".repeat(38)
        ))
        .await;
    world
}

/// The world, and the functions through which has been paid, used and changed what the examples tell of.
/// With a `release`, its functions are called instead of this checkout's.
pub async fn so_far(release: Option<&Release>) -> (World, Instances) {
    let mut world = world().await;
    if let Some(release) = release {
        variants::enter(&mut world, release).await;
    }
    let functions = Instances::start(&world, openapi::functions()).await;
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
    let readings = json!({ "readings": [reading("ann", "2026-11-24"), reading("bob", "2026-11-25")] });
    let machine = world.machine_token(&["credits:write", "usage:write"]);
    let paid = TestRequest::post("/api/credits/purchases").header("idempotency-key", "pi_3QJ7aB2eZvKYlo2C");
    let changed = TestRequest::new(Method::PATCH, "/api/admin/users/auth0%7Cann");
    for (function, request) in [
        ("credits", paid.bearer(&machine).json(&purchase)),
        ("usage", TestRequest::post("/api/usage").bearer(&machine).json(&readings)),
        ("admin-users", changed.bearer(&world.token("auth0|admin")).json(&json!({ "name": "Ann Lee" }))),
    ] {
        let response = functions.send(function, request).await;
        assert!(response.status < 300, "{function}: {}", response.text);
    }
    (world, functions)
}

/// The same world and functions again, as they are now.
pub async fn copy(world: &World) -> (World, Instances) {
    let world = world.copy().await;
    let functions = Instances::start(&world, openapi::functions()).await;
    (world, functions)
}

/// The request of an example, without a token.
pub fn request(operation: &Operation, example: &Example) -> TestRequest {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut path = operation.path.to_owned();
    for (name, value) in &example.path {
        path = path.replace(&format!("{{{name}}}"), &text(value).replace('|', "%7C"));
    }
    let query: Vec<(&String, String)> = example.query.iter().map(|(name, value)| (name, text(value))).collect();
    if !query.is_empty() {
        path = format!("{path}?{}", serde_urlencoded::to_string(query).unwrap());
    }
    let method = openapi::method(operation).unwrap().to_uppercase();
    let mut request = TestRequest::new(method.parse().unwrap(), &path);
    if operation.idempotent {
        request = request.header("idempotency-key", &Uuid::new_v4().to_string());
    }
    match &example.request {
        Some(body) => request.json(body),
        None => request,
    }
}

/// The request of an example, from somebody who may call the operation.
pub fn authorized(world: &World, operation: &Operation, example: &Example) -> TestRequest {
    let request = request(operation, example);
    let token = match (operation.access, operation.id) {
        (Access::ActionOrPerson, _) => return request.signed(world),
        (Access::Stripe, _) => return request.signed_as_stripe(world),
        (Access::Machine(permission) | Access::MachineOrAdmin(permission), _) => world.machine_token(&[permission]),
        (Access::Admin, _) | (_, "assign_user") => world.token("auth0|admin"),
        // Ann has a team.
        (_, "close_account") => world.token("auth0|eve"),
        (_, "accept_invite") => world.token_with_email("auth0|eve", "eve@example.com"),
        (
            Access::Person
            | Access::User
            | Access::UserOrSuspendedOwner
            | Access::UserOrSuspended
            | Access::AccountOwner,
            _,
        ) => world.token_with_email("auth0|ann", "ann@example.com"),
    };
    request.bearer(&token)
}

/// All but what is drawn again each time (ids, tokens), and what `answers_of_sql_may_hold_more` adds.
pub fn without_drawn(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let known = members.iter().filter(|(name, _)| *name != "unknown");
            known.map(|(name, value)| (name.clone(), without_drawn(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_drawn).collect(),
        Value::String(text) if is_drawn(text) => json!("drawn"),
        _ => value.clone(),
    }
}

pub fn is_drawn(text: &str) -> bool {
    Uuid::parse_str(text).is_ok() || (text.len() == 43 && !text.contains([' ', '.', ',']))
}
