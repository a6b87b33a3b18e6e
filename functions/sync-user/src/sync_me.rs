//! `POST /api/auth/me`: a login, reported by the user's web app.

use axum::extract::State;
use shared::{
    App, Result,
    error::Kind,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

use crate::{
    login::{Nothing, OwnLogin},
    sync_user::SyncedUser,
};

pub fn operation() -> Operation {
    Operation::post("/api/auth/me", "sync_me", Access::Person)
        .summary("Reports one's own login, for a web app whose users the Action has not reported")
        .body::<Nothing>()
        .responds::<SyncedUser>(200)
        .errors(Kind::Forbidden, &["account_deleted", "account_suspended"])
        .errors(Kind::Conflict, &["email_in_use"])
}

pub async fn sync_me(State(app): State<App>, login: OwnLogin) -> Result<Json<SyncedUser>> {
    app.db.call("sync_me", &login.caller.with(login.event)).await.map(Json)
}
