//! `POST /api/team/invites`: invites an address for seven days.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::AccountOwner,
    domain::user::EmailAddress,
    error::Kind,
    http::{
        body::{Created, Json},
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::invite::{Invite, InviteToken};

/// Who is to join.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    email: EmailAddress,
}

/// An invite with its token, which is shown here and never again: put it into a link.
#[derive(Serialize, JsonSchema)]
pub struct SentInvite {
    #[serde(flatten)]
    invite: Invite,
    token: String,
}

pub fn operation() -> Operation {
    Operation::post("/api/team/invites", "create_invite", Access::AccountOwner)
        .summary("Invites an address for seven days; the token is in this answer and nowhere else. An account may have a hundred open \
             invites, and send a hundred in a day")
        .body::<NewInvite>()
        .responds::<SentInvite>(201)
        .errors(Kind::Conflict, &["already_member", "invite_limit", "invite_open", "invite_self"])
}

pub async fn create_invite(
    caller: AccountOwner,
    State(app): State<App>,
    Json(new): Json<NewInvite>,
) -> Result<Created<SentInvite>> {
    let token = InviteToken::random()?;
    let input = json!({ "id": Uuid::new_v4(), "email": new.email, "token_sha256": token.sha256() });
    let invite = app.db.call("create_invite", &caller.with(input)).await?;
    Ok(Created(SentInvite { invite, token: token.reveal().to_owned() }))
}
