//! `POST /api/auth/sync-user`: a login, reported by the Auth0 Action or by the user.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    domain::{kept_json::both, user::UserState},
    error::Kind,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

use crate::login::{Login, LoginEvent};

/// The user after the login, and what the login did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SyncedUser {
    #[serde(flatten)]
    user: UserState,
    #[serde(flatten)]
    login: WhatItDid,
}

impl<'de> Deserialize<'de> for SyncedUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        both(deserializer).map(|(user, login)| Self { user, login })
    }
}

/// What a login did.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct WhatItDid {
    /// The login made the user.
    created: bool,
    /// This `webhook-id` has been counted before.
    replayed: bool,
    profile: Profile,
}

/// What became of the profile that came with the login.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    Stored,
    Unchanged,
    /// A newer event has been stored already.
    Outdated,
    /// Stored but for the address, which belongs to another account. A new user has none then.
    EmailInUse,
}

pub fn operation() -> Operation {
    Operation::post("/api/auth/sync-user", "sync_user", Access::ActionOrPerson)
        .summary("Reports a login: writes the user, gives them a seat, says where they work")
        .body::<LoginEvent>()
        .responds::<SyncedUser>(200)
        .errors(Kind::Forbidden, &["account_deleted", "account_suspended"])
        .errors(Kind::Conflict, &["email_in_use", "webhook_id_reused"])
}

pub async fn sync_user(State(app): State<App>, login: Login) -> Result<Json<SyncedUser>> {
    app.db.call("sync_user", &json!({ "input": login })).await.map(Json)
}
