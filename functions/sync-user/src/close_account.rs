//! `DELETE /api/auth/me`: signed-in users close their account.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    error::Kind,
    http::{
        body::Done,
        routes::{Access, Operation},
    },
};

pub fn operation() -> Operation {
    Operation::delete("/api/auth/me", "close_account", Access::User)
        .summary("Closes the caller's account, for good: their seat, deployments and keys end; closing again changes nothing")
        .responds_no_content()
        .errors(Kind::Conflict, &["has_debts", "has_members", "last_admin"])
}

pub async fn close_account(caller: SignedIn, State(app): State<App>) -> Result<Done> {
    app.db.call("close_account", &caller.with(())).await
}
