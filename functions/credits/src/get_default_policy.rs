//! `GET /api/admin/credit-policy`: what the balance of an account does that has no policy of its own.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::Admin,
    http::{
        body::Json,
        routes::{Access, Operation},
    },
};

use crate::policy::DefaultPolicy;

pub fn operation() -> Operation {
    Operation::get("/api/admin/credit-policy", "get_default_policy", Access::Admin)
        .summary("What the balance of an account does that has no policy of its own")
        .responds::<DefaultPolicy>(200)
}

pub async fn get_default_policy(caller: Admin, State(app): State<App>) -> Result<Json<DefaultPolicy>> {
    app.db.call("get_default_policy", &caller.with(())).await.map(Json)
}
