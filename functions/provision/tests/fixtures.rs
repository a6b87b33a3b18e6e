//! A cluster, and Ann, who is to work on it.

use std::time::Duration;

use provision::{
    account::{Account, Outcome, Seen, Wanted, work as work_on},
    hopsworks::{Client, Cluster, Limits},
};
use testkit::hopsworks::{Held, Hopsworks, HopsworksUser, Rules, Status};
pub use testkit::world::clusters::OAUTH_CLIENT_ID as CLIENT_ID;
use tokio::time::timeout;

pub const ANN: &str = "auth0|ann";

/// A server that gives new users the limit that is asked for.
pub async fn start() -> Hopsworks {
    let hopsworks = Hopsworks::start(0).await.unwrap();
    hopsworks.set_rules(Rules { is_saas_managed: false, ..Rules::default() });
    hopsworks
}

pub fn cluster(hopsworks: &Hopsworks) -> Cluster {
    Cluster {
        api_url: hopsworks.url(),
        api_key: hopsworks.api_key().into(),
        oauth_client_id: CLIENT_ID.to_owned(),
        tls_ca_pem: Some(hopsworks.ca_pem()),
        raise_only: false,
    }
}

pub fn client(hopsworks: &Hopsworks) -> Client {
    Client::new(&cluster(hopsworks), Limits::default()).unwrap()
}

/// Ann, of whom nothing is known on the cluster, and who may have three projects there.
pub fn ann() -> Account {
    Account {
        user_id: ANN.to_owned(),
        email: Some("Ann@Example.com".to_owned()),
        name: Some("Ann Lee".to_owned()),
        wanted: Wanted::Active { max_projects: 3 },
        hopsworks_user_id: None,
        hopsworks_username: None,
    }
}

/// The account as the database has it after that was seen.
pub fn known(account: &Account, seen: &Seen) -> Account {
    Account {
        hopsworks_user_id: seen.hopsworks_user_id,
        hopsworks_username: seen.hopsworks_username.clone(),
        ..account.clone()
    }
}

pub fn deactivated(account: &Account) -> Account {
    Account { wanted: Wanted::Deactivated, ..account.clone() }
}

pub async fn work(hopsworks: &Hopsworks, account: &Account) -> Outcome {
    work_on(&client(hopsworks), account).await
}

/// What was seen, if all is done.
pub fn done(outcome: Outcome) -> Seen {
    match outcome {
        Outcome::Done(seen) => seen,
        other => panic!("{other:?}"),
    }
}

/// Who can mend it, and its code.
pub fn failure(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Done(seen) => panic!("{seen:?}"),
        Outcome::Later { code, .. } => ("later", code.to_owned()),
        Outcome::Stuck { code, .. } => ("stuck", code.into_owned()),
        Outcome::Cluster { code, .. } => ("cluster", code.to_owned()),
    }
}

pub fn stuck(code: &str) -> (&'static str, String) {
    ("stuck", code.to_owned())
}

pub fn later(code: &str) -> (&'static str, String) {
    ("later", code.to_owned())
}

pub fn at_cluster(code: &str) -> (&'static str, String) {
    ("cluster", code.to_owned())
}

/// Returns when the request waits that is held.
pub async fn arrived(held: &mut Held) {
    timeout(Duration::from_secs(60), held.arrived()).await.expect("the request comes");
}

/// The only user of the server, but for its administrator.
pub fn only_user(hopsworks: &Hopsworks) -> HopsworksUser {
    let users = hopsworks.users();
    assert_eq!(users.len(), 1, "{users:?}");
    users[0].clone()
}

/// Adds Ann by hand, with that status and limit; the number.
pub fn add_ann(hopsworks: &Hopsworks, status: Status, max_projects: i32) -> i32 {
    let number = hopsworks.add_user(Some((CLIENT_ID, ANN)), "ann@example.com");
    hopsworks.change(number, |user| (user.status, user.max_projects) = (status, max_projects));
    number
}
