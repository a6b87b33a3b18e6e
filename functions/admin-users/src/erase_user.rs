//! `POST /api/admin/users/{id}/erase`: erases the person of a deleted user now.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::user::UserId,
    error::Kind,
    http::{
        in_path::InPath,
        params::Id,
        routes::{Access, Operation},
    },
};

use crate::managed_user::{ManagedUser, TaggedUser};

pub fn operation() -> Operation {
    Operation::post("/api/admin/users/{id}/erase", "erase_user", Access::Admin)
        .summary("Erases who a deleted user was, at once and for good; the account's ledger and usage stay")
        .responds::<ManagedUser>(200)
        .with_etag()
        .errors(Kind::Invalid, &["id_ambiguous"])
        .errors(Kind::NotFound, &["user_unknown"])
        .errors(Kind::Conflict, &["user_not_deleted"])
}

pub async fn erase_user(caller: Admin, State(app): State<App>, Id(id): Id<InPath<UserId>>) -> Result<TaggedUser> {
    app.db.call("erase_user", &caller.with(json!({ "id": id }))).await
}
