//! A user as administrators see it.

use axum::{
    http::{HeaderValue, header::ETAG},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use shared::{
    Error,
    domain::{kept_json::both, time::AnsweredTime, user::UserState},
    http::body::Json,
};

/// Everything about a user, also a suspended or deleted one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ManagedUser {
    #[serde(flatten)]
    user: UserState,
    #[serde(flatten)]
    managed: Managed,
}

impl<'de> Deserialize<'de> for ManagedUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        both(deserializer).map(|(user, managed)| Self { user, managed })
    }
}

/// What is for administrators alone.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Managed {
    /// Suspended together with the account's owner, and reactivated with them.
    suspended_with_owner: bool,
    /// How many members the user's team has.
    team_size: u32,
    updated_at: AnsweredTime,
    deleted_at: Option<AnsweredTime>,
    /// When the person was erased: what is left is the id, the ledger and usage.
    erased_at: Option<AnsweredTime>,
}

/// What a user may be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Suspended,
    Deleted,
}

/// A user, with the tag of what is stored of them in `ETag`.
#[derive(Debug, Deserialize)]
pub struct TaggedUser {
    user: ManagedUser,
    etag: String,
}

impl IntoResponse for TaggedUser {
    fn into_response(self) -> Response {
        let Ok(etag) = HeaderValue::from_str(&self.etag) else {
            return Error::Bug("an etag is no header".to_owned()).into_response();
        };
        ([(ETAG, etag)], Json(self.user)).into_response()
    }
}
