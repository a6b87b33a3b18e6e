//! `POST /api/admin/hopsworks-clusters`: adds a cluster and seats those who wait.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    cipher::Ciphertext,
    domain::metadata::Metadata,
    http::body::{Created, Json},
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    hopsworks_cluster::{ApiUrl, ClusterName, HopsworksCluster, MaxUsers, SettableStatus, api_key_location},
};

/// A cluster to be added. It is `active` unless it says otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHopsworksCluster {
    name: ClusterName,
    api_url: ApiUrl,
    api_key: Option<Key>,
    max_users: MaxUsers,
    status: Option<SettableStatus>,
    metadata: Option<Metadata>,
}

#[derive(Serialize)]
struct Input {
    id: Uuid,
    name: ClusterName,
    api_url: ApiUrl,
    api_key: Option<Ciphertext>,
    max_users: MaxUsers,
    status: Option<SettableStatus>,
    metadata: Option<Metadata>,
}

pub async fn create_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Json(new): Json<NewHopsworksCluster>,
) -> Result<Created<HopsworksCluster>> {
    let NewHopsworksCluster { name, api_url, api_key, max_users, status, metadata } = new;
    let id = Uuid::new_v4();
    let api_key = Key::encrypt(api_key, &app, api_key_location(id)).await?;
    let input = Input { id, name, api_url, api_key, max_users, status, metadata };
    app.db.call("app.create_hopsworks_cluster", &caller.with(input)).await.map(Created)
}
