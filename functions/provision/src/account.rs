//! Makes one account on one cluster what it should be. Everything is read before it is written and said absolutely, so
//! that whoever does it twice, or takes over in the middle, comes to the same end.

mod names;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::hopsworks::{Change, Client, Failure, NewUser, Status, User};

/// An account as the database has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The subject of the user's tokens.
    pub user_id: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub wanted: Wanted,
    /// As last seen there.
    pub hopsworks_user_id: Option<i64>,
    pub hopsworks_username: Option<String>,
}

/// What the account should be: `{"status": "active", "max_projects": 3}` or `{"status": "deactivated"}`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Wanted {
    Active { max_projects: i32 },
    Deactivated,
}

/// What came of it, as the database is told.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Done(Seen),
    Later {
        code: &'static str,
        detail: String,
        retry_after_s: Option<u32>,
    },
    /// A person must act on this account.
    Stuck {
        code: Cow<'static, str>,
        detail: String,
    },
    /// A person must act on the cluster.
    Cluster {
        code: &'static str,
        detail: String,
    },
}

/// The account on the cluster; nothing if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub hopsworks_user_id: Option<i64>,
    pub hopsworks_username: Option<String>,
    pub status: Option<Status>,
    pub max_projects: Option<i32>,
}

impl From<User> for Seen {
    fn from(user: User) -> Self {
        Self {
            hopsworks_user_id: Some(user.id),
            hopsworks_username: Some(user.username),
            status: Some(user.status),
            max_projects: Some(user.max_num_projects),
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cluster { code, detail } => Self::Cluster { code, detail },
            Failure::Later { code, detail, retry_after_s } => Self::Later { code, detail, retry_after_s },
            Failure::Person { code, detail } => Self::Stuck { code, detail },
        }
    }
}

/// Does what is left to do for an account.
pub async fn work(cluster: &Client, account: &Account) -> Outcome {
    match timeout(cluster.time_per_account, make_so(cluster, account)).await {
        Ok(Ok(seen)) => Outcome::Done(seen),
        Ok(Err(failure)) => failure.into(),
        Err(_) => Failure::later("time_out", "the account took too long as a whole").into(),
    }
}

async fn make_so(cluster: &Client, account: &Account) -> Result<Seen, Failure> {
    let user = match (find(cluster, account).await?, account.wanted) {
        (Some(user), _) => user,
        (None, Wanted::Active { max_projects }) => create(cluster, account, max_projects).await?,
        (None, Wanted::Deactivated) => return Ok(Seen::default()),
    };
    adjust(cluster, account.wanted, user).await.map(Seen::from)
}

/// By identity, because an account may have been made and the answer lost, and a number may be another user's on a server
/// that was restored. Never by our address: it may be somebody else's there. A known number saves looking through a list.
async fn find(cluster: &Client, account: &Account) -> Result<Option<User>, Failure> {
    let Some(identity) = cluster.by_identity(&account.user_id).await? else { return Ok(None) };
    if let Some(number) = account.hopsworks_user_id
        && let Some(user) = cluster.by_number(number).await?
        && user.email == identity.email
    {
        return Ok(Some(user));
    }
    listed(cluster, &identity.email).await.map(Some)
}

/// The user whose identity answered with this address.
async fn listed(cluster: &Client, email: &str) -> Result<User, Failure> {
    let unlisted = || Failure::later("not_listed", "the cluster knows the identity, and does not list its address");
    cluster.by_address(email).await?.ok_or_else(unlisted)
}

async fn create(cluster: &Client, account: &Account, max_projects: i32) -> Result<User, Failure> {
    let email = account.email.as_deref().unwrap_or_default().to_ascii_lowercase();
    if email.is_empty() {
        return Err(Failure::person(
            "no_verified_email",
            "the user has no verified address, and the cluster wants one",
        ));
    }
    let (given_name, surname) = names::given_and_surname(account.name.as_deref(), &email);
    let new = NewUser {
        subject: &account.user_id,
        email: &email,
        given_name: &given_name,
        surname: &surname,
        max_num_projects: max_projects,
    };
    let identity = match cluster.create(&new).await? {
        Some(identity) => identity,
        // Somebody else may have made it just now.
        None => cluster.by_identity(&account.user_id).await?.ok_or_else(|| {
            Failure::person("email_taken_on_cluster", "the address belongs to another identity on the cluster")
        })?,
    };
    listed(cluster, &identity.email).await
}

/// Changes what differs, and believes the answer.
async fn adjust(cluster: &Client, wanted: Wanted, user: User) -> Result<User, Failure> {
    let change = difference(cluster, wanted, &user)?;
    if change == Change::default() {
        return Ok(user);
    }
    let gone = || Failure::later("gone", "the account was deleted on the cluster just now");
    let user = cluster.change(user.id, &change).await?.ok_or_else(gone)?;
    if difference(cluster, wanted, &user)? == Change::default() {
        Ok(user)
    } else {
        let (status, limit) = (user.status.0, user.max_num_projects);
        Err(Failure::later("not_taken", &format!("after the change: status {status}, {limit} projects")))
    }
}

fn difference(cluster: &Client, wanted: Wanted, user: &User) -> Result<Change, Failure> {
    // Somebody on the cluster shut this user out. Deactivating would hide that, and activating undo it.
    let is_shut_out = [Status::BLOCKED, Status::SPAM].contains(&user.status);
    match wanted {
        Wanted::Active { .. } if is_shut_out => {
            Err(Failure::person("blocked_on_cluster", &format!("status {} on the cluster", user.status.0)))
        }
        Wanted::Active { max_projects } => Ok(Change {
            status: (user.status != Status::ACTIVE).then_some(Status::ACTIVE),
            max_num_projects: takes(cluster, user.max_num_projects, max_projects).then_some(max_projects),
        }),
        Wanted::Deactivated if is_shut_out => Ok(Change::default()),
        Wanted::Deactivated => {
            let status = (user.status != Status::DEACTIVATED).then_some(Status::DEACTIVATED);
            Ok(Change { status, max_num_projects: None })
        }
    }
}

/// Whether a limit is to be replaced. Below zero there is none.
fn takes(cluster: &Client, now: i32, wanted: i32) -> bool {
    let height = |limit: i32| if limit < 0 { i32::MAX } else { limit };
    if cluster.raise_only { height(now) < height(wanted) } else { now != wanted }
}
