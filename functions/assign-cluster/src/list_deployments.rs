//! `GET /api/clusters`: the caller's deployments, newest first.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::deployment::Deployment;

pub fn operation() -> Operation {
    Operation::get("/api/clusters", "list_deployments", Access::User)
        .summary("The caller's deployments, newest first")
        .query::<PageQuery>()
        .responds::<Page<Deployment>>(200)
}

pub async fn list_deployments(
    caller: SignedIn,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Deployment>>> {
    let found: PageFromSql<_> = app.db.call("list_deployments", &caller.with(query.among::<Uuid>()?)).await?;
    Ok(Json(found.into()))
}
