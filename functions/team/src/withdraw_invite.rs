//! `DELETE /api/team/invites/{id}`: withdraws an invite that nobody has accepted.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::AccountOwner,
    http::{body::Done, params::Id},
};
use uuid::Uuid;

pub async fn withdraw_invite(caller: AccountOwner, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Done> {
    app.db.call("app.withdraw_invite", &caller.with(json!({ "id": id }))).await
}
