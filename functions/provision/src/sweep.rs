//! Looks at all users of a cluster, once a day: what somebody changed there is found and put right.

use serde::{Deserialize, Serialize};
use shared::{App, Result, auth::caller::Call};
use uuid::Uuid;

use crate::hopsworks::{Client, Failure, Page, User};

const PAGE: u64 = 500;

#[derive(Serialize)]
struct Input {
    cluster_id: Uuid,
    lease: Uuid,
    outcome: &'static str,
    users: Vec<Seen>,
}

#[derive(Serialize)]
struct Seen {
    id: i64,
    username: String,
    email: String,
    status: i32,
    max_projects: i32,
}

#[derive(Deserialize)]
struct Answer {
    /// Nobody else does it meanwhile.
    is_ours: bool,
}

impl From<User> for Seen {
    fn from(user: User) -> Self {
        let User { id, username, email, status, max_num_projects } = user;
        Self { id, username, email, status: status.0, max_projects: max_num_projects }
    }
}

/// How a look at a cluster ended.
pub enum Swept {
    Done,
    /// Somebody else does it.
    LostLease,
    Failed(Failure),
}

/// Hands the users over page by page.
pub async fn sweep(app: &App, client: &Client, cluster_id: Uuid, lease: Uuid) -> Result<Swept> {
    let (mut offset, mut is_last) = (0, false);
    while !is_last {
        let Page { count, items } = match client.list(offset, PAGE).await {
            Ok(page) => page,
            Err(failure) => {
                return give_up(app, cluster_id, lease, failure).await;
            }
        };
        offset += items.len() as u64;
        is_last = items.is_empty() || offset >= count;
        let outcome = if is_last { "done" } else { "page" };
        let users = items.into_iter().map(Seen::from).collect();
        if !hand_over(app, Input { cluster_id, lease, outcome, users }).await? {
            return Ok(Swept::LostLease);
        }
    }
    Ok(Swept::Done)
}

/// It is tried again later.
pub async fn give_up(app: &App, cluster_id: Uuid, lease: Uuid, failure: Failure) -> Result<Swept> {
    hand_over(app, Input { cluster_id, lease, outcome: "failed", users: Vec::new() }).await?;
    Ok(Swept::Failed(failure))
}

async fn hand_over(app: &App, input: Input) -> Result<bool> {
    let answer: Answer = app.db.call("sweep_accounts", &Call::by_schedule(input)).await?;
    Ok(answer.is_ours)
}
