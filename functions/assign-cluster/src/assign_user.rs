//! `POST /api/clusters/assign`: a seat for the caller, or for anyone an administrator names.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::user::{Placement, UserId},
    error::Kind,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

/// For whom, and where. Only an administrator may say either; without them callers get the seat that is due to them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    user_id: Option<UserId>,
    cluster_id: Option<Uuid>,
}

pub fn operation() -> Operation {
    Operation::post("/api/clusters/assign", "assign_user", Access::User)
        .summary("Gives a user the seat that is due to them; an administrator may name user and cluster")
        .body::<Assign>()
        .responds::<Placement>(200)
        .errors(Kind::Forbidden, &["admin_only"])
        .errors(Kind::NotFound, &["hopsworks_cluster_unknown", "user_unknown"])
        .errors(
            Kind::Conflict,
            &["hopsworks_cluster_unavailable", "member_follows_owner", "no_free_seat", "user_not_active"],
        )
}

pub async fn assign_user(
    caller: SignedIn,
    State(app): State<App>,
    Json(assign): Json<Assign>,
) -> Result<Json<Placement>> {
    app.db.call("assign_user", &caller.with(assign)).await.map(Json)
}
