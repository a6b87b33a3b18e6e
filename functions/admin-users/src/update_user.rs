//! `PATCH /api/admin/users/{id}`: changes a user.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::{
        metadata::Metadata,
        user::{PersonName, UserId},
    },
    http::{
        body::{Json, double_option, not_null},
        params::Id,
    },
};

use crate::{
    etag::IfMatch,
    managed_user::{TaggedUser, UserStatus},
};

/// What is to change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    /// `null` removes it. Her next login may bring another one.
    #[serde(default, deserialize_with = "double_option", skip_serializing_if = "Option::is_none")]
    name: Option<Option<PersonName>>,
    /// Suspending an owner suspends her team, and reactivating her brings those back. Nobody comes back from
    /// `deleted`.
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "UserStatus")]
    status: Option<UserStatus>,
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    is_admin: Option<bool>,
    /// A merge patch (RFC 7396).
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Metadata")]
    metadata: Option<Metadata>,
}

pub async fn update_user(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<UserId>,
    if_match: IfMatch,
    Json(changes): Json<UserChanges>,
) -> Result<TaggedUser> {
    let input = json!({ "id": id, "if_match": if_match, "changes": changes });
    app.db.call("app.update_user", &caller.with(input)).await
}
