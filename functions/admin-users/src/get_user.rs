//! `GET /api/admin/users/{id}`: everything about one user.

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
    Operation::get("/api/admin/users/{id}", "get_user", Access::Admin)
        .summary("One user, also a deleted one")
        .responds::<ManagedUser>(200)
        .with_etag()
        .errors(Kind::Invalid, &["id_ambiguous"])
        .errors(Kind::NotFound, &["user_unknown"])
}

pub async fn get_user(caller: Admin, State(app): State<App>, Id(id): Id<InPath<UserId>>) -> Result<TaggedUser> {
    app.db.call("get_user", &caller.with(json!({ "id": id }))).await
}
