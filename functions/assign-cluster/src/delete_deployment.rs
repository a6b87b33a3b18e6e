//! `DELETE /api/clusters/{id}`: deletes a deployment of the caller's.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    error::Kind,
    http::{
        body::Done,
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

pub fn operation() -> Operation {
    Operation::delete("/api/clusters/{id}", "delete_deployment", Access::User)
        .summary("Deletes a deployment of the caller's")
        .responds_no_content()
        .errors(Kind::NotFound, &["deployment_unknown"])
}

pub async fn delete_deployment(caller: SignedIn, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Done> {
    app.db.call("delete_deployment", &caller.with(json!({ "id": id }))).await
}
