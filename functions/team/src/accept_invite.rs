//! `POST /api/team/invites/accept`: makes the caller a member of the team that invited her address.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use shared::{App, Result, auth::caller::SignedIn, domain::user::Placement, http::body::Json};

use crate::invite::InviteToken;

/// The token out of the link. Access accepts, and her verified address, is in her access token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    token: InviteToken,
}

pub async fn accept_invite(
    caller: SignedIn,
    State(app): State<App>,
    Json(acceptance): Json<Acceptance>,
) -> Result<Json<Placement>> {
    let input = json!({
        "token_sha256": acceptance.token.sha256(),
        "email": caller.claims.email,
        "email_verified": caller.claims.email_verified,
    });
    app.db.call("app.accept_invite", &caller.with(input)).await.map(Json)
}
