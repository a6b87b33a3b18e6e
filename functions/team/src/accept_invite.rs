//! `POST /api/team/invites/accept`: makes the caller a member of the team that invited their address.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::user::Placement,
    error::Kind,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

use crate::invite::InviteToken;

/// The token out of the link. Who accepts, and their verified address, is in the access token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    token: InviteToken,
}

pub fn operation() -> Operation {
    Operation::post("/api/team/invites/accept", "accept_invite", Access::User)
        .summary("Makes the caller a member of the team that invited their verified address")
        .body::<Acceptance>()
        .responds::<Placement>(200)
        .errors(Kind::Forbidden, &["email_not_verified", "invite_for_another_address"])
        .errors(Kind::NotFound, &["invite_unknown"])
        .errors(
            Kind::Conflict,
            &[
                "account_owner_not_active",
                "already_member",
                "has_members",
                "invite_expired",
                "invite_self",
                "invite_used",
                "invite_withdrawn",
            ],
        )
}

pub async fn accept_invite(
    caller: SignedIn,
    State(app): State<App>,
    Json(acceptance): Json<Acceptance>,
) -> Result<Json<Placement>> {
    let input = json!({
        "token_sha256": acceptance.token.sha256(),
        "email": caller.claims.email,
        "email_verified": caller.claims.email_verified == Some(true),
    });
    app.db.call("accept_invite", &caller.with(input)).await.map(Json)
}
