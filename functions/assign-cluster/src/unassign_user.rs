//! `DELETE /api/clusters/assign/{user_id}`: frees a seat, and an owner's team's seats with it.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::user::{Placement, UserId},
    http::{body::Json, params::Id},
};

pub async fn unassign_user(caller: Admin, State(app): State<App>, Id(user_id): Id<UserId>) -> Result<Json<Placement>> {
    app.db.call("app.unassign_user", &caller.with(json!({ "user_id": user_id }))).await.map(Json)
}
