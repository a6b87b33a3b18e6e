//! What is asked of a Hopsworks cluster. It speaks of a user in three ways: by number, which only lists tell; by
//! identity, without the number; and by address. Only the identity says whose an account is.

mod cluster;
mod failure;
mod project;
mod transport;
mod user;

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use project::Projects;
use transport::{Body, Refusal, Transport};

pub use cluster::{Cluster, Limits};
pub use failure::Failure;
pub use project::Project;
pub use user::{Change, Identity, NewUser, Page, Status, User};

const USERS: &str = "/admin/users";
const REMOTE: &str = "REMOTE_ACCOUNT_TYPE";
const PAGE: u64 = 100;

/// Asks one cluster.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    oauth_client_id: String,
    pub raise_only: bool,
    /// For everything that one account needs.
    pub time_per_account: Duration,
}

impl Client {
    pub fn new(cluster: &Cluster, limits: Limits) -> Result<Self, Failure> {
        if cluster.oauth_client_id.is_empty() {
            return Err(Failure::cluster("cluster_misconfigured", "it has no OAuth client id"));
        }
        Ok(Self {
            transport: Transport::new(cluster, limits)?,
            oauth_client_id: cluster.oauth_client_id.clone(),
            raise_only: cluster.raise_only,
            time_per_account: limits.account,
        })
    }

    pub async fn by_number(&self, number: i64) -> Result<Option<User>, Failure> {
        none_at(StatusCode::NOT_FOUND, self.transport.ask(Method::GET, &at(number), &[], None).await?)
    }

    pub async fn by_identity(&self, subject: &str) -> Result<Option<Identity>, Failure> {
        // Web servers take it for an end of the path, encoded or not, and it would look like the cluster's fault.
        if subject.contains(['/', '\\']) {
            return Err(Failure::person("subject_refused", "the user's id holds a slash"));
        }
        let uuid = format!("{}.{subject}", self.oauth_client_id);
        // In a path, a blank is no plus.
        let encoded: String =
            byte_serialize(uuid.as_bytes()).map(|part| if part == "+" { "%20" } else { part }).collect();
        let answer = self.transport.ask(Method::GET, &format!("/admin/user/{encoded}"), &[], None).await?;
        let found: Option<Identity> = none_at(StatusCode::NOT_FOUND, answer)?;
        // Its database may compare without regard to case, and subjects differ by it.
        Ok(found.filter(|identity| identity.uuid == uuid))
    }

    /// The remote user with this address, exactly as the cluster keeps it: there, two may differ in case alone.
    pub async fn by_address(&self, email: &str) -> Result<Option<User>, Failure> {
        let filter = format!("user_email:{email}");
        let mut offset = 0;
        loop {
            // It filters by the beginning, in which `_` and `%` stand for anything.
            let page = self.page(&[&filter], offset, PAGE).await?;
            offset += page.items.len() as u64;
            let is_last = page.items.is_empty() || offset >= page.count;
            let found = page.items.into_iter().find(|user| user.email == email);
            if found.is_some() || is_last {
                return Ok(found);
            }
        }
    }

    /// Makes a user; `None` if the cluster knows the address or the identity already.
    pub async fn create(&self, new: &NewUser<'_>) -> Result<Option<Identity>, Failure> {
        let max_num_projects = new.max_num_projects.to_string();
        let query = [
            ("accountType", REMOTE),
            ("type", "OAUTH2"),
            ("email", new.email),
            ("givenName", new.given_name),
            ("surname", new.surname),
            ("subject", new.subject),
            ("clientId", &self.oauth_client_id),
            ("maxNumProjects", &max_num_projects),
        ];
        none_at(StatusCode::CONFLICT, self.transport.ask(Method::POST, USERS, &query, None).await?)
    }

    /// Changes a user, and answers what has become of them; `None` if there is none of that number.
    pub async fn change(&self, number: i64, change: &Change) -> Result<Option<User>, Failure> {
        let answer = self.transport.ask(Method::PUT, &at(number), &[], Some(json!(change))).await?;
        none_at(StatusCode::NOT_FOUND, answer)
    }

    /// A page of all remote users, by address.
    pub async fn list(&self, offset: u64, limit: u64) -> Result<Page, Failure> {
        self.page(&[], offset, limit).await
    }

    /// All projects. The server knows no pages of them.
    pub async fn projects(&self) -> Result<Vec<Project>, Failure> {
        match self.transport.whole_list("/admin/projects", &[("expand", "creator")]).await? {
            Ok(body) => body.read().map(|Projects { items }| items),
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn page(&self, filters: &[&str], offset: u64, limit: u64) -> Result<Page, Failure> {
        let (offset, limit, remote) = (offset.to_string(), limit.to_string(), format!("type:{REMOTE}"));
        let mut query =
            vec![("offset", offset.as_str()), ("limit", &limit), ("sort_by", "email:asc"), ("filter_by", &remote)];
        query.extend(filters.iter().map(|filter| ("filter_by", *filter)));
        match self.transport.ask(Method::GET, USERS, &query, None).await? {
            Ok(body) => body.read(),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

fn at(number: i64) -> String {
    format!("{USERS}/{number}")
}

fn none_at<T: DeserializeOwned>(status: StatusCode, answer: Result<Body, Refusal>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(body) => body.read().map(Some),
        Err(refusal) if refusal.status == status => Ok(None),
        Err(refusal) => Err(refusal.into()),
    }
}
