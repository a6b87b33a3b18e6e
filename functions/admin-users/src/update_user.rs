//! `PATCH /api/admin/users/{id}`: changes a user.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::{
        metadata::Metadata,
        user::{PersonName, UserId},
    },
    error::Kind,
    http::{
        body::{Json, double_option, not_null},
        in_path::InPath,
        params::Id,
        routes::{Access, Operation},
    },
};

use crate::{
    etag::IfMatch,
    managed_user::{ManagedUser, TaggedUser, UserStatus},
};

/// What is to change.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    /// `null` removes it. The next login may bring another one.
    #[serde(default, deserialize_with = "double_option", skip_serializing_if = "Option::is_none")]
    name: Option<Option<PersonName>>,
    /// Suspending an owner suspends the team, and reactivating the owner brings those members back. From `deleted`
    /// `active` alone leads back: to an account without a team, rights, deployments and, until there is room, a seat.
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

#[derive(Serialize)]
struct Input {
    id: InPath<UserId>,
    if_match: IfMatch,
    changes: UserChanges,
}

pub fn operation() -> Operation {
    Operation::patch("/api/admin/users/{id}", "update_user", Access::Admin)
        .summary("Changes a user; the status with everything that follows from it")
        .body::<UserChanges>()
        .responds::<ManagedUser>(200)
        .with_etag()
        .errors(Kind::Invalid, &["id_ambiguous", "metadata_too_large"])
        .errors(Kind::NotFound, &["user_unknown"])
        .errors(
            Kind::Conflict,
            &["account_owner_not_active", "has_members", "last_admin", "suspended_for_money", "user_deleted"],
        )
        .errors(Kind::PreconditionFailed, &["precondition_failed"])
}

pub async fn update_user(
    caller: Admin,
    State(app): State<App>,
    Id(id): Id<InPath<UserId>>,
    if_match: IfMatch,
    Json(changes): Json<UserChanges>,
) -> Result<TaggedUser> {
    app.db.call("update_user", &caller.with(Input { id, if_match, changes })).await
}
