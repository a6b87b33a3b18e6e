//! What an operation asks its callers to be.

use serde_json::{Value, json};
use shared::http::routes::Access;

/// In words, and as the requirements of which any one is enough.
pub fn of(who: Access) -> (String, Value) {
    match who {
        Access::ActionOrPerson => (
            "For the Auth0 Action, by its signature. A bearer token is taken too, but shares the limit of requests with \
             whoever knows the address: a web app calls `POST /api/auth/me`."
                .into(),
            json!([{ "webhook_id": [], "webhook_timestamp": [], "webhook_signature": [] }, { "person": [] }]),
        ),
        Access::Stripe => (
            "For Stripe, by the signature of the webhook endpoint that was made for this address.".into(),
            json!([{ "stripe_signature": [] }]),
        ),
        Access::Person => ("For whoever has signed in, with an account or not yet.".into(), json!([{ "person": [] }])),
        Access::User => ("For a signed-in user.".into(), json!([{ "person": [] }])),
        Access::UserOrSuspendedOwner => (
            "For a signed-in user; also for an account owner who is suspended.".into(),
            json!([{ "person": [] }]),
        ),
        Access::UserOrSuspended => ("For a signed-in user, also a suspended one.".into(), json!([{ "person": [] }])),
        Access::AccountOwner => {
            ("For an account owner: not a member of a team.".into(), json!([{ "person": ["account_owner"] }]))
        }
        Access::Admin => ("For an administrator.".into(), json!([{ "person": ["admin"] }])),
        Access::Machine(permission) => {
            (format!("For a machine with the permission `{permission}`."), json!([{ "machine": [permission] }]))
        }
        Access::MachineOrAdmin(permission) => (
            format!("For a machine with the permission `{permission}`, or an administrator."),
            json!([{ "machine": [permission] }, { "person": ["admin"] }]),
        ),
    }
}
