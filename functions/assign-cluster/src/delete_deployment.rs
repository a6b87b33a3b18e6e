//! `DELETE /api/clusters/{id}`: deletes a deployment of the caller's.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    http::{body::Done, params::Id},
};
use uuid::Uuid;

pub async fn delete_deployment(caller: SignedIn, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Done> {
    app.db.call("app.delete_deployment", &caller.with(json!({ "id": id }))).await
}
