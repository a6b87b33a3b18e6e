//! `GET /api/team/invites`: the invites the caller has sent, newest first.

use axum::extract::State;
use shared::{
    App, Result,
    auth::caller::AccountOwner,
    http::{
        body::Json,
        page::{Page, PageFromSql, PageQuery},
        params::Query,
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

use crate::invite::Invite;

pub fn operation() -> Operation {
    Operation::get("/api/team/invites", "list_invites", Access::AccountOwner)
        .summary("The invites the caller has sent, newest first")
        .query::<PageQuery>()
        .responds::<Page<Invite>>(200)
}

pub async fn list_invites(
    caller: AccountOwner,
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Invite>>> {
    let found: PageFromSql<_> = app.db.call("list_invites", &caller.with(query.among::<Uuid>()?)).await?;
    Ok(Json(found.into()))
}
