//! Requests as these tests need them: `ann` is `auth0|ann`, `admin` an administrator.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::{Function, TestRequest, TestResponse, World};

pub const USERS: &str = "/api/admin/users";
pub const AUDIT_LOG: &str = "/api/admin/audit-log";
pub const INVARIANTS: &str = "/api/admin/invariants";

/// A world with an administrator, who has the token of `auth0|admin`, and these people.
pub async fn world(names: &[&str]) -> World {
    let world = World::new().await;
    world.add_administrator().await;
    for name in names {
        world.sign_up(name).await;
    }
    world
}

/// A new instance of `admin-users`.
pub async fn instance(world: &World) -> Function {
    world.function(admin_users::NAME, admin_users::routes()).await
}

pub fn user(name: &str) -> String {
    format!("{USERS}/auth0%7C{name}")
}

/// The administrator reads.
pub fn get(world: &World, path: &str) -> TestRequest {
    TestRequest::get(path).bearer(&world.token("auth0|admin"))
}

/// The administrator changes somebody.
pub fn patch(world: &World, name: &str, changes: &Value) -> TestRequest {
    patch_by(world, "admin", name, changes)
}

pub fn patch_by(world: &World, caller: &str, name: &str, changes: &Value) -> TestRequest {
    TestRequest::new(Method::PATCH, &user(name)).bearer(&world.token(&format!("auth0|{caller}"))).json(changes)
}

/// The administrator sets somebody's status.
pub async fn set_status(world: &World, function: &Function, name: &str, status: &str) -> TestResponse {
    function.send(patch(world, name, &json!({ "status": status }))).await
}

/// Everybody's status but the administrator's: `ann active`; `with owner` for a member who was suspended together with the owner.
pub async fn statuses(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(id, 'auth0|', '') || ' ' || status || case when suspended_with_owner then ' with owner' else '' end \
             from public.users where id <> 'auth0|admin' order by id",
        )
        .await
}

/// Every user's instance: `ann active`.
pub async fn instances(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(user_id, 'auth0|', '') || ' ' || status from public.instances \
             where user_id <> 'auth0|admin' order by user_id",
        )
        .await
}

/// The changes of users that were audited: `admin ann`, who and whom.
pub async fn audit(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(actor || ' ' || target, 'auth0|', '') from app.audit_log \
             where action = 'users.update' order by id",
        )
        .await
}

/// One field of every item of a page.
pub fn column(page: &Value, field: &str) -> Vec<String> {
    let text = |item: &Value| item[field].as_str().map_or_else(|| item[field].to_string(), str::to_owned);
    page["items"].as_array().unwrap().iter().map(text).collect()
}

/// The names of the users of a page.
pub fn names(page: &Value) -> Vec<String> {
    column(page, "id").iter().map(|id| id.replace("auth0|", "")).collect()
}
