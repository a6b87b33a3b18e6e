//! `PATCH /api/auth/me`: a user's own preferences, which the web app keeps with the user.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::{metadata::Metadata, user::UserState},
    error::Kind,
    http::{
        body::{Json, double_option, not_null},
        routes::{Access, Operation},
    },
};

/// What users change of themselves. All else is the identity provider's or an administrator's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnChanges {
    #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OwnMetadata")]
    metadata: Option<OwnMetadata>,
}

/// Of the metadata the preferences are the user's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnMetadata {
    /// A merge patch (RFC 7396) of `metadata.preferences`; `null` removes them all.
    #[serde(default, deserialize_with = "double_option", skip_serializing_if = "Option::is_none")]
    preferences: Option<Option<Metadata>>,
}

pub fn operation() -> Operation {
    Operation::patch("/api/auth/me", "update_me", Access::User)
        .summary("Changes one's own preferences, and nothing else of the user")
        .body::<OwnChanges>()
        .responds::<UserState>(200)
        .errors(Kind::Invalid, &["metadata_too_large"])
}

pub async fn update_me(
    caller: SignedIn,
    State(app): State<App>,
    Json(changes): Json<OwnChanges>,
) -> Result<Json<UserState>> {
    app.db.call("update_me", &caller.with(changes)).await.map(Json)
}
