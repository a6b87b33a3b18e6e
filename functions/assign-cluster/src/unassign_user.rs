//! `DELETE /api/clusters/assign/{user_id}`: frees a seat, and an owner's team's seats with it.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::user::{Placement, UserId},
    error::Kind,
    http::{
        body::Json,
        in_path::InPath,
        params::Id,
        routes::{Access, Operation},
    },
};

pub fn operation() -> Operation {
    Operation::delete("/api/clusters/assign/{user_id}", "unassign_user", Access::Admin)
        .summary("Frees a user's seat, and an owner's team's seats with it")
        .responds::<Placement>(200)
        .errors(Kind::Invalid, &["id_ambiguous"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn unassign_user(
    caller: Admin,
    State(app): State<App>,
    Id(user_id): Id<InPath<UserId>>,
) -> Result<Json<Placement>> {
    app.db.call("unassign_user", &caller.with(json!({ "user_id": user_id }))).await.map(Json)
}
