//! Logins as the Action and the web app report them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use testkit::{Function, TestRequest, World};

pub const PATH: &str = "/api/auth/sync-user";

/// A new instance of `sync-user`.
pub async fn instance(world: &World) -> Function {
    world.function(sync_user::NAME, sync_user::routes()).await
}

/// What the Action says of a login just now.
pub fn event(world: &World, user_id: &str, email: &str) -> Value {
    event_at(world.clock.now(), user_id, email)
}

pub fn event_at(time: DateTime<Utc>, user_id: &str, email: &str) -> Value {
    json!({
        "user_id": user_id,
        "email": email,
        "email_verified": true,
        "name": "Ann Example",
        "logged_in_at": time.to_rfc3339_opts(SecondsFormat::Millis, true),
    })
}

/// A login reported by the Action.
pub fn signed(world: &World, event: &Value) -> TestRequest {
    TestRequest::post(PATH).json(event).signed(world)
}

/// A first login of `auth0|<name>`, reported by the Action.
pub fn sign_up(world: &World, name: &str) -> TestRequest {
    signed(world, &event(world, &format!("auth0|{name}"), &format!("{name}@example.com")))
}
