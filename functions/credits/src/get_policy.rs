//! `GET /api/credits/policy`: what the balance of an account does.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::SignedInOrSuspendedOwner,
    error::Kind,
    http::{
        body::Json,
        params::Query,
        routes::{Access, Operation},
    },
};

use crate::policy::{AccountPolicy, PolicyQuery};

pub fn operation() -> Operation {
    Operation::get("/api/credits/policy", "get_policy", Access::UserOrSuspendedOwner)
        .summary("What the balance of an account does: its own policy, and the one in force; for its owner, or an administrator")
        .query::<PolicyQuery>()
        .responds::<AccountPolicy>(200)
        .errors(Kind::Forbidden, &["billing_owner_only"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn get_policy(
    caller: SignedInOrSuspendedOwner,
    State(app): State<App>,
    Query(query): Query<PolicyQuery>,
) -> Result<Json<AccountPolicy>> {
    app.db.call("get_policy", &caller.with(query)).await.map(Json)
}
