//! Lists the projects of a cluster, once an hour: who owns a project pays for what its namespace uses.

use serde::{Deserialize, Serialize};
use shared::{App, Result, auth::caller::Call};
use uuid::Uuid;

use crate::hopsworks::{Client, Failure, Project};

#[derive(Serialize)]
struct Input {
    cluster_id: Uuid,
    lease: Uuid,
    #[serde(flatten)]
    found: Found,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    Projects(Vec<Project>),
    Failure { code: String, detail: String },
}

#[derive(Deserialize)]
struct Answer {
    /// Nobody else does it meanwhile.
    is_ours: bool,
    /// So much would change that nothing was.
    is_refused: bool,
}

/// How a look at the projects of a cluster ended.
pub enum Listed {
    Done,
    /// Rather the list is wrong.
    Refused,
    /// Somebody else does it.
    LostLease,
    Failed(Failure),
}

/// Hands the whole list over.
pub async fn list(app: &App, client: &Client, cluster_id: Uuid, lease: Uuid) -> Result<Listed> {
    let projects = match client.projects().await {
        Ok(projects) => projects,
        Err(failure) => return give_up(app, cluster_id, lease, failure).await,
    };
    match hand_over(app, Input { cluster_id, lease, found: Found::Projects(projects) }).await {
        Ok(Answer { is_ours: false, .. }) => Ok(Listed::LostLease),
        Ok(Answer { is_refused: true, .. }) => Ok(Listed::Refused),
        Ok(_) => Ok(Listed::Done),
        // It would be the same in two minutes, and nobody would be told.
        Err(error) => give_up(app, cluster_id, lease, Failure::later("not_settled", error.reason())).await,
    }
}

/// It is tried again later.
pub async fn give_up(app: &App, cluster_id: Uuid, lease: Uuid, failure: Failure) -> Result<Listed> {
    let (code, detail) = failure.words();
    let found = Found::Failure { code: code.to_owned(), detail: detail.to_owned() };
    hand_over(app, Input { cluster_id, lease, found }).await?;
    Ok(Listed::Failed(failure))
}

async fn hand_over(app: &App, input: Input) -> Result<Answer> {
    app.db.call("settle_projects", &Call::by_schedule(input)).await
}
