//! `DELETE /api/team/invites/{id}`: withdraws an invite that nobody has accepted.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::AccountOwner,
    error::Kind,
    http::{
        body::Done,
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

pub fn operation() -> Operation {
    Operation::delete("/api/team/invites/{id}", "withdraw_invite", Access::AccountOwner)
        .summary("Withdraws an invite that nobody has accepted")
        .responds_no_content()
        .errors(Kind::NotFound, &["invite_unknown"])
        .errors(Kind::Conflict, &["invite_used"])
}

pub async fn withdraw_invite(caller: AccountOwner, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Done> {
    app.db.call("withdraw_invite", &caller.with(json!({ "id": id }))).await
}
