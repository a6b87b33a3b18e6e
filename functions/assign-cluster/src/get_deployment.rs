//! `GET /api/clusters/{id}`: one deployment of the caller's.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    error::Kind,
    http::{
        body::Json,
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::deployment::Deployment;

pub fn operation() -> Operation {
    Operation::get("/api/clusters/{id}", "get_deployment", Access::User)
        .summary("One deployment of the caller's")
        .responds::<Deployment>(200)
        .errors(Kind::NotFound, &["deployment_unknown"])
}

pub async fn get_deployment(caller: SignedIn, State(app): State<App>, Id(id): Id<Uuid>) -> Result<Json<Deployment>> {
    app.db.call("get_deployment", &caller.with(json!({ "id": id }))).await.map(Json)
}
