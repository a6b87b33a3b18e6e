//! How callers prove who they are, and what each operation asks them to be.

use serde_json::{Value, json};
use shared::http::routes::Access;

/// The ways to sign in, by name.
pub fn schemes() -> Value {
    let token = |description: &str| json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description });
    let header = |name: &str, description: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": description });
    json!({
        "person": token(
            "An access token that Auth0 issued to a person for this API. What they may do is in the \
             database: `account_owner` is a user who is no member of a team, `admin` an administrator.",
        ),
        "machine": token(
            "An access token that Auth0 issued to a machine for this API (client credentials). What it may do is in \
             the token's `permissions`.",
        ),
        "webhook_id": header("webhook-id", "The same for every attempt at one message (Standard Webhooks)."),
        "webhook_timestamp": header("webhook-timestamp", "When it was sent, in seconds; at most five minutes from now."),
        "webhook_signature": header(
            "webhook-signature",
            "`v1,` and the base64 of HMAC-SHA-256 over `<webhook-id>.<webhook-timestamp>.<raw body>`.",
        ),
    })
}

/// What one operation asks for: any one of these.
pub fn requirements(who: Access) -> Value {
    match who {
        Access::ActionOrUser => json!([
            { "webhook_id": [], "webhook_timestamp": [], "webhook_signature": [] },
            { "person": [] },
        ]),
        Access::User => json!([{ "person": [] }]),
        Access::AccountOwner => json!([{ "person": ["account_owner"] }]),
        Access::Admin => json!([{ "person": ["admin"] }]),
        Access::Machine(permission) => json!([{ "machine": [permission] }]),
        Access::MachineOrAdmin(permission) => json!([{ "machine": [permission] }, { "person": ["admin"] }]),
    }
}

/// The same for people.
pub fn in_words(who: Access) -> String {
    match who {
        Access::ActionOrUser => {
            "For the Auth0 Action, by its signature, or a signed-in user for themselves.".to_owned()
        }
        Access::User => "For a signed-in user.".to_owned(),
        Access::AccountOwner => "For an account owner: not a member of a team.".to_owned(),
        Access::Admin => "For an administrator.".to_owned(),
        Access::Machine(permission) => format!("For a machine with the permission `{permission}`."),
        Access::MachineOrAdmin(permission) => {
            format!("For a machine with the permission `{permission}`, or an administrator.")
        }
    }
}
