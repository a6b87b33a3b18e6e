//! `DELETE /api/team/members/{user_id}`: the owner or an administrator removes a member, or a member leaves.

use axum::extract::State;
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::SignedIn,
    domain::user::UserId,
    error::Kind,
    http::{
        body::Done,
        in_path::InPath,
        params::Id,
        routes::{Access, Operation},
    },
};

pub fn operation() -> Operation {
    Operation::delete("/api/team/members/{user_id}", "remove_member", Access::User)
        .summary(
            "Removes a member from the caller's team; by it a member leaves, and an administrator removes anybody's",
        )
        .responds_no_content()
        .errors(Kind::Invalid, &["id_ambiguous"])
        .errors(Kind::NotFound, &["member_unknown"])
}

pub async fn remove_member(caller: SignedIn, State(app): State<App>, Id(user_id): Id<InPath<UserId>>) -> Result<Done> {
    app.db.call("remove_member", &caller.with(json!({ "user_id": user_id }))).await
}
