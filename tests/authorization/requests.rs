//! The example of each route, made to fit whoever calls, so that only who calls can be wrong with it.

use contract::openapi::examples::Example;
use serde_json::json;
use shared::http::routes::Operation;
use testkit::{TestRequest, World};
use tests::fixtures;
use uuid::Uuid;

use crate::callers::Caller;

pub async fn request(world: &World, operation: &Operation, example: &Example, caller: Caller) -> TestRequest {
    let mut example = example.clone();
    // Much of what a query asks for is for administrators.
    example.query.clear();
    if let Some(own) = own(world, operation.id, caller).await {
        example.path.values_mut().for_each(|id| *id = json!(own));
    }
    example.request = match operation.id {
        // Of a user's own.
        "sync_user" => None,
        "assign_user" => Some(json!({})),
        "accept_invite" => Some(json!({ "token": invited(world, &caller.name(operation.id)).await })),
        // Ann stays active: others join her.
        "update_user" => Some(json!({ "name": "Ann Lee" })),
        _ => example.request,
    };
    let request = fixtures::request(operation, &example);
    match caller.token(world, operation.id) {
        Some(token) => request.bearer(&token),
        None => request,
    }
}

/// What stands in the path where the caller's own is asked for.
async fn own(world: &World, operation: &str, caller: Caller) -> Option<String> {
    let user_id = format!("auth0|{}", caller.name(operation));
    let row = match operation {
        "get_deployment" | "update_deployment" | "delete_deployment" => {
            "public.clusters (user_id, deployment_type) select id, 'aws'"
        }
        "withdraw_invite" => {
            "public.team_invites (account_owner_id, email, token_hash, expires_at) \
             select id, 'x@example.com', sha256(id::bytea), app.now() + interval '1 day'"
        }
        "remove_member" if caller == Caller::Member => return Some(user_id),
        "remove_member" if caller == Caller::Admin => return Some(format!("auth0|other_{operation}")),
        "remove_member" => return Some(format!("auth0|spare_{operation}")),
        _ => return None,
    };
    // Who is no user has none, and the deployments of the deleted have ended.
    let of = format!("from public.users where id = '{user_id}' and status <> 'deleted'");
    let made = world.all(&format!("insert into {row} {of} returning id")).await;
    Some(made.into_iter().next().unwrap_or_else(|| Uuid::new_v4().to_string()))
}

/// The token of an invite of Ann's to this user's address.
async fn invited(world: &World, name: &str) -> String {
    let token = format!("{}AAAAAAAAAAA", Uuid::new_v4().simple());
    world
        .sql(&format!(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('auth0|ann', '{name}@example.com', sha256('{token}'), app.now() + interval '1 day')"
        ))
        .await;
    token
}
