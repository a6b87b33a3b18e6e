//! `GET /api/admin/hopsworks-clusters`: clusters with their seats, newest first.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::kept_json::both,
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::hopsworks_cluster::HopsworksCluster;

struct Found(PageFromSql<HopsworksCluster>, Waiting);

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        both(deserializer).map(|(page, waiting)| Self(page, waiting))
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Waiting {
    waiting_users: u32,
}

/// A page of clusters, and how many users wait for a seat anywhere.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HopsworksClusters {
    #[serde(flatten)]
    page: Page<HopsworksCluster>,
    #[serde(flatten)]
    waiting: Waiting,
}

pub fn operation() -> Operation {
    Operation::get("/api/admin/hopsworks-clusters", "list_hopsworks_clusters", Access::Admin)
        .summary("Hopsworks clusters with their seats, newest first")
        .query::<PageQuery>()
        .responds::<HopsworksClusters>(200)
}

pub async fn list_hopsworks_clusters(
    caller: Admin,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<HopsworksClusters>> {
    let Found(page, waiting) = app.db.call("list_hopsworks_clusters", &caller.with(query.among::<Uuid>()?)).await?;
    Ok(Json(HopsworksClusters { page: page.into(), waiting }))
}
