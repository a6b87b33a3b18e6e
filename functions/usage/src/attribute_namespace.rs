//! `POST /api/admin/unattributed-usage`: says by hand who pays for a namespace.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Error, Result,
    auth::caller::Admin,
    domain::{line::Line, time::Hour, user::UserId},
    error::Kind,
    http::{
        body::{Created, Json},
        routes::{Access, Operation},
    },
};
use uuid::Uuid;

/// Who pays for a namespace, for a time in which nobody owns it. A project of the cluster that takes the namespace ends it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    cluster_id: Uuid,
    /// As the list shows it.
    namespace: Line<253>,
    /// Also a user who has been deleted: what was used before is billed.
    user_id: UserId,
    /// The first hour. Without it, as far back as usage is billed.
    from_hour: Option<Hour>,
    /// The first hour that is not theirs any more. Without it, it is theirs from now on.
    to_hour: Option<Hour>,
    /// The project that the user sees it under; without it, the namespace.
    project: Option<Line<200>>,
}

/// Whose a namespace is. Hours of it that have been read already are billed by the next run of `collect-usage`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Attributed {
    namespace: String,
    user_id: String,
    /// How many hours are to be billed then.
    hours_waiting: u32,
}

pub fn operation() -> Operation {
    Operation::post("/api/admin/unattributed-usage", "attribute_namespace", Access::Admin)
        .summary("Says who pays for a namespace of a cluster that nobody owns")
        .body::<Attribution>()
        .responds::<Attributed>(201)
        .errors(Kind::NotFound, &["hopsworks_cluster_unknown", "user_unknown"])
        .errors(Kind::Conflict, &["namespace_owned"])
}

pub async fn attribute_namespace(
    caller: Admin,
    State(app): State<App>,
    Json(attribution): Json<Attribution>,
) -> Result<Created<Attributed>> {
    if let (Some(from), Some(to)) = (attribution.from_hour, attribution.to_hour)
        && from >= to
    {
        return Err(Error::invalid("invalid_body", "to_hour", "must be later than from_hour"));
    }
    app.db.call("attribute_namespace", &caller.with(attribution)).await.map(Created)
}
