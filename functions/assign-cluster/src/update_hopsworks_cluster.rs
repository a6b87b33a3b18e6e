//! `PATCH /api/admin/hopsworks-clusters/{id}`: changes a cluster.

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
        body::{Json, double_option, not_null},
        params::Id,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    api_url::ApiUrl,
    collection::CollectionChanges,
    hopsworks_cluster::{HopsworksCluster, MaxUsers, SettableStatus, api_key_location},
    provisioning::ProvisioningChanges,
};

/// What is to change. `metadata` is a merge patch (RFC 7396); `api_key: null` removes the key. Of `provisioning` and
/// `collection`, what is left out stays; `provisioning: null` has accounts made by hand from now on, `collection: null` has
/// usage not read any more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HopsworksClusterChanges {
    #[serde(default, deserialize_with = "not_null")]
    api_url: Option<ApiUrl>,
    #[serde(default, deserialize_with = "double_option")]
    api_key: Option<Option<Key>>,
    #[serde(default, deserialize_with = "not_null")]
    max_users: Option<MaxUsers>,
    #[serde(default, deserialize_with = "not_null")]
    status: Option<SettableStatus>,
    #[serde(default, deserialize_with = "not_null")]
    metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "double_option")]
    provisioning: Option<Option<ProvisioningChanges>>,
    #[serde(default, deserialize_with = "double_option")]
    collection: Option<Option<CollectionChanges>>,
}

#[derive(Serialize)]
struct Changes {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_url: Option<ApiUrl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<Option<Ciphertext>>,
    max_users: Option<MaxUsers>,
    status: Option<SettableStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioning: Option<Option<ProvisioningChanges>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection: Option<Option<CollectionChanges>>,
}

#[derive(Serialize)]
struct Input {
    id: Uuid,
    changes: Changes,
}

pub fn operation() -> Operation {
    Operation::patch("/api/admin/hopsworks-clusters/{id}", "update_hopsworks_cluster", Access::Admin)
        .summary("Changes a Hopsworks cluster and seats those who wait if that made room")
        .body::<HopsworksClusterChanges>()
        .responds::<HopsworksCluster>(200)
        .errors(Kind::NotFound, &["hopsworks_cluster_unknown"])
        .errors(
            Kind::Conflict,
            &[
                "api_key_of_another_server",
                "hopsworks_cluster_has_users",
                "seats_in_use",
                "source_of_another_client",
                "token_of_another_server",
            ],
        )
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

pub async fn update_hopsworks_cluster(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<Uuid>,
    Json(changes): Json<HopsworksClusterChanges>,
) -> Result<Json<HopsworksCluster>> {
    let HopsworksClusterChanges { api_url, api_key, max_users, status, metadata, provisioning, collection } = changes;
    let api_key = match api_key {
        Some(key) => Some(Key::encrypt(key, &app, api_key_location(id)).await?),
        None => None,
    };
    let collection = match collection {
        Some(Some(changes)) => Some(Some(changes.sealed(&app, id).await?)),
        ended_or_kept => ended_or_kept,
    };
    let changes = Changes { api_url, api_key, max_users, status, metadata, provisioning, collection };
    app.db.call("update_hopsworks_cluster", &caller.with(Input { id, changes })).await.map(Json)
}
