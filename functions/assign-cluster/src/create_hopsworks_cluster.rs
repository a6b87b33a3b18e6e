//! `POST /api/admin/hopsworks-clusters`: adds a cluster and seats those who wait.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    cipher::Ciphertext,
    domain::metadata::Metadata,
    error::Kind,
    http::{
        body::{Created, Json},
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    api_url::ApiUrl,
    collection::CollectionChanges,
    hopsworks_cluster::{ClusterName, HopsworksCluster, MaxUsers, SettableStatus, api_key_location},
    provisioning::ProvisioningChanges,
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
    /// How accounts are made there. Without it an administrator makes them by hand.
    provisioning: Option<ProvisioningChanges>,
    /// How usage is read there. Without it, it is not.
    collection: Option<CollectionChanges>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioning: Option<ProvisioningChanges>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<CollectionChanges>,
}

pub fn operation() -> Operation {
    Operation::post("/api/admin/hopsworks-clusters", "create_hopsworks_cluster", Access::Admin)
        .summary("Adds a Hopsworks cluster and seats those who wait")
        .body::<NewHopsworksCluster>()
        .responds::<HopsworksCluster>(201)
        .errors(Kind::Conflict, &["name_in_use", "source_of_another_client"])
        .errors(
            Kind::Invalid,
            &[
                "capacity_missing",
                "collect_from_too_old",
                "metadata_too_large",
                "oauth_client_id_missing",
                "opencost_url_missing",
            ],
        )
}

pub async fn create_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Json(new): Json<NewHopsworksCluster>,
) -> Result<Created<HopsworksCluster>> {
    let NewHopsworksCluster { name, api_url, api_key, max_users, status, metadata, provisioning, collection } = new;
    let id = Uuid::new_v4();
    let api_key = Key::encrypt(api_key, &app, api_key_location(id)).await?;
    let collection = match collection {
        Some(changes) => Some(changes.sealed(&app, id).await?),
        None => None,
    };
    let input = Input { id, name, api_url, api_key, max_users, status, metadata, provisioning, collection };
    app.db.call("create_hopsworks_cluster", &caller.with(input)).await.map(Created)
}
