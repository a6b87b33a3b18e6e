//! `POST /api/clusters/assign`: a seat for the caller, or for anyone an administrator names.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::user::{Placement, UserId},
    http::body::Json,
};
use uuid::Uuid;

/// For whom, and where. Both are an administrator's to say; without them the caller gets what is due to her.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    user_id: Option<UserId>,
    cluster_id: Option<Uuid>,
}

pub async fn assign_user(
    caller: SignedIn,
    State(app): State<App>,
    Json(assign): Json<Assign>,
) -> Result<Json<Placement>> {
    app.db.call("app.assign_user", &caller.with(assign)).await.map(Json)
}
