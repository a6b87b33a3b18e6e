//! `PUT /api/admin/usage-sources/{source}`: gives a source to another machine.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    App, Result,
    auth::caller::Admin,
    domain::line::Line,
    error::Kind,
    http::{
        body::Json,
        in_path::InPath,
        params::Id,
        routes::{Access, Operation},
    },
};

use crate::usage_source::{SourceName, UsageSource};

/// Whose a source is to be.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceOwner {
    /// The machine's `sub`, as its access token has it: in Auth0 the client id and `@clients`.
    client_id: Line<255>,
}

pub fn operation() -> Operation {
    Operation::put("/api/admin/usage-sources/{source}", "move_usage_source", Access::Admin)
        .summary("Gives a source of readings to another machine, which can then report and revise them")
        .body::<SourceOwner>()
        .responds::<UsageSource>(200)
        .errors(Kind::Invalid, &["id_ambiguous"])
        .errors(Kind::NotFound, &["source_unknown"])
}

pub async fn move_usage_source(
    caller: Admin,
    State(app): State<App>,
    Id(source): Id<InPath<SourceName>>,
    Json(owner): Json<SourceOwner>,
) -> Result<Json<UsageSource>> {
    let input = json!({ "source": source, "client_id": owner.client_id });
    app.db.call("move_usage_source", &caller.with(input)).await.map(Json)
}
