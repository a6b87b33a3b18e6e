//! `GET /api/auth/me`: what signed-in users may know about themselves.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::user::UserState,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

pub fn operation() -> Operation {
    Operation::get("/api/auth/me", "get_me", Access::User)
        .summary("What signed-in users may know about themselves")
        .responds::<UserState>(200)
}

pub async fn get_me(caller: SignedIn, State(app): State<App>) -> Result<Json<UserState>> {
    app.db.call("get_me", &caller.with(())).await.map(Json)
}
