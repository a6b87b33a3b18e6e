//! `GET /api/clusters/{id}`: one deployment of the caller's.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    http::{body::Json, params::Id},
};
use uuid::Uuid;

use crate::deployment::Deployment;

pub async fn get_deployment(caller: SignedIn, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Json<Deployment>> {
    app.db.call("app.get_deployment", &caller.with(json!({ "id": id }))).await.map(Json)
}
