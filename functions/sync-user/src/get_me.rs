//! `GET /api/auth/me`: what signed-in users may know about themselves.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::SignedInOrSuspended,
    domain::user::UserState,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

pub fn operation() -> Operation {
    Operation::get("/api/auth/me", "get_me", Access::UserOrSuspended)
        .summary("What signed-in users may know about themselves")
        .responds::<UserState>(200)
}

pub async fn get_me(caller: SignedInOrSuspended, State(app): State<App>) -> Result<Json<UserState>> {
    app.db.call("get_me", &caller.with(())).await.map(Json)
}
