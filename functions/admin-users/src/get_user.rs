//! `GET /api/admin/users/{id}`: everything about one user.

use axum::extract::State;
use serde_json::json;
use shared::{App, Result, auth::caller::Admin, domain::user::UserId, http::params::Id};

use crate::managed_user::TaggedUser;

pub async fn get_user(caller: Admin, State(app): State<App>, Id(id): Id<UserId>) -> Result<TaggedUser> {
    app.db.call("app.get_user", &caller.with(json!({ "id": id }))).await
}
