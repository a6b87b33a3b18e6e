//! The least that each route takes for a good request, so that only who calls can be wrong with it.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{TestRequest, World};
use uuid::Uuid;

use crate::{
    callers::{Caller, Cast},
    table::Row,
};

pub async fn request(world: &World, row: &Row, cast: &Cast, caller: Caller) -> TestRequest {
    let variable = variable(world, cast, caller).await;
    let path = match row.path.split_once('{') {
        Some((start, _)) => format!("{start}{}", variable.replace('|', "%7C")),
        None => row.path.clone(),
    };
    let mut request = TestRequest::new(Method::from_bytes(row.method.as_bytes()).unwrap(), &path);
    if let Some(token) = cast.token(world, caller) {
        request = request.bearer(&token);
    }
    if row.path.starts_with("/api/credits/") {
        request = request.header("idempotency-key", &Uuid::new_v4().to_string());
    }
    match body(world, cast, caller).await {
        Some(body) => request.json(&body),
        None => request,
    }
}

/// What stands for the variable part of the path.
async fn variable(world: &World, cast: &Cast, caller: Caller) -> String {
    let own = cast.id(&Cast::name(caller));
    match cast.operation() {
        "get_hopsworks_cluster" | "update_hopsworks_cluster" => {
            world.one("select id from public.hopsworks_clusters where name = 'demo'").await
        }
        "get_deployment" | "update_deployment" | "delete_deployment" => {
            owned_by(world, &own, "public.clusters (user_id, deployment_type) select id, 'aws'").await
        }
        "withdraw_invite" => {
            let invite = "public.team_invites (account_owner_id, email, token_hash, expires_at) \
                          select id, 'x@example.com', sha256(id::bytea), now() + interval '1 day'";
            owned_by(world, &own, invite).await
        }
        "remove_member" if caller == Caller::Member => own,
        "remove_member" => cast.id("spare"),
        _ => cast.id("target"),
    }
}

/// The id of a new row that belongs to the caller; a random id if the caller is not a user.
async fn owned_by(world: &World, user_id: &str, row: &str) -> String {
    let made = world.all(&format!("insert into {row} from public.users where id = '{user_id}' returning id")).await;
    made.into_iter().next().unwrap_or_else(|| Uuid::new_v4().to_string())
}

async fn body(world: &World, cast: &Cast, caller: Caller) -> Option<Value> {
    let name = format!("{}-{}", Cast::name(caller), cast.operation());
    let body = match cast.operation() {
        "update_user" => json!({ "name": name }),
        "assign_user" => json!({}),
        "create_hopsworks_cluster" => json!({ "name": name, "api_url": "https://x.example.com", "max_users": 0 }),
        "update_hopsworks_cluster" => json!({ "metadata": { "by": name } }),
        "create_deployment" => json!({ "deployment_type": "aws" }),
        "update_deployment" => json!({ "status": "active" }),
        "create_invite" => json!({ "email": format!("invited-by-{name}@example.com") }),
        "accept_invite" => json!({ "token": invited(world, cast, caller).await }),
        "record_purchase" => json!({ "user_id": cast.id("target"), "amount": "1.00" }),
        "adjust_credits" => json!({ "user_id": cast.id("target"), "amount": "1.00", "reason": "goodwill" }),
        "set_rate" => json!({
            "effective_on": "9999-12-31",
            "cpu_hour_usd": "1",
            "gpu_hour_usd": "1",
            "storage_gb_month_usd": "1",
        }),
        "record_usage" => json!({ "readings": [{
            "source": "s",
            "user_id": cast.id("target"),
            "window_start": world.one("select to_char(app.now() - interval '1 minute', 'YYYY-MM-DD\"T\"HH24:00:00\"Z\"')").await,
            "window_end": world.one("select to_char(app.now() - interval '1 minute', 'YYYY-MM-DD\"T\"HH24:00:01\"Z\"')").await,
            "cpu_hours": "0.001",
            "gpu_hours": "0",
            "storage_gb": "0",
        }]}),
        _ => return None,
    };
    Some(body)
}

/// The token of an invite of the `target`'s to the caller's address.
async fn invited(world: &World, cast: &Cast, caller: Caller) -> String {
    let token = format!("{}AAAAAAAAAAA", Uuid::new_v4().simple());
    world
        .sql(&format!(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('{}', '{}', sha256('{token}'), now() + interval '1 day')",
            cast.id("target"),
            cast.email(caller)
        ))
        .await;
    token
}
