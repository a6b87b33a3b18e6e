//! `GET /api/team/members`: the members of the caller's team.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    auth::caller::AccountOwner,
    domain::{time::AnsweredTime, user::UserId},
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};

/// A member as the account's owner sees them.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    id: String,
    name: Option<String>,
    email: Option<String>,
    #[schemars(extend("enum" = ["active", "suspended"]))]
    status: String,
    created_at: AnsweredTime,
    joined_at: Option<AnsweredTime>,
    last_login_at: Option<AnsweredTime>,
    /// Where the member sits; `null` while they have no seat.
    cluster_name: Option<String>,
    waiting_since: Option<AnsweredTime>,
}

pub fn operation() -> Operation {
    Operation::get("/api/team/members", "list_members", Access::AccountOwner)
        .summary("The members of the caller's team")
        .query::<PageQuery>()
        .responds::<Page<Member>>(200)
}

pub async fn list_members(
    caller: AccountOwner,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Member>>> {
    let found: PageFromSql<_> = app.db.call("list_members", &caller.with(query.among::<UserId>()?)).await?;
    Ok(Json(found.into()))
}
