//! A stand-in for a Hopsworks server: what its public source and those who used it tell of its users and projects, with
//! the same codes, filters and traps. It fails as a test wants it to.

mod answer;
mod list;
mod project;
mod projects;
mod routes;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod user;
mod users;

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::Result;
use ops::environment::write_secret;

pub use self::{
    project::HopsworksProject,
    state::Rules,
    user::{ADMINISTRATOR, HopsworksUser, Status},
};
use self::{
    server::{Server, new_key},
    state::{NewUser, State},
};
pub use crate::stand_in::{
    faults::Fault,
    plan::{Held, Moment},
};
use crate::{
    lock::lock,
    stand_in::{Https, certificates::Authority, plan::Matching},
};

const NAME: &str = "Hopsworks";

/// A Hopsworks server on a port of this machine. It stops when dropped.
pub struct Hopsworks {
    pub port: u16,
    https: Https,
    server: Arc<Mutex<Server>>,
}

impl Hopsworks {
    /// Starts on `port` (0: any), with a certificate authority and a key of its own.
    pub async fn start(port: u16) -> Result<Self> {
        Self::start_with(port, Authority::generate(NAME)?, new_key())
    }

    /// Starts with the authority and the key that are kept in `folder`, made there the first time.
    pub async fn start_kept(port: u16, folder: &Path) -> Result<Self> {
        let authority = Authority::kept_in(folder, NAME)?;
        let file = folder.join("hopsworks-api-key");
        let key = match fs::read_to_string(&file) {
            Ok(key) => key,
            Err(_) => {
                let key = new_key();
                write_secret(&file, &key)?;
                key
            }
        };
        Self::start_with(port, authority, key)
    }

    fn start_with(port: u16, authority: Authority, key: String) -> Result<Self> {
        let https = Https::listen(port, authority)?;
        let started = Self { port: https.port, https, server: Arc::new(Mutex::new(Server::new(key))) };
        started.serve()?;
        Ok(started)
    }

    fn serve(&self) -> Result<()> {
        let server = Arc::clone(&self.server);
        self.https.serve(move |request| server::answer(Arc::clone(&server), request))
    }

    /// The cluster's `api_url`.
    pub fn url(&self) -> String {
        self.https.url()
    }

    /// The certificate of the authority that has signed the server's.
    pub fn ca_pem(&self) -> String {
        self.https.ca_pem()
    }

    /// Ends all connections, and goes on with a certificate that another authority has signed.
    pub async fn restart_with_other_ca(&self) -> Result<()> {
        self.https.stop_and_change_ca().await?;
        self.serve()
    }

    /// The administrator's, also after it was revoked.
    pub fn api_key(&self) -> String {
        self.state(|state| state.key.clone())
    }

    pub fn revoke_key(&self) {
        self.state(|state| state.is_key_revoked = true);
    }

    /// A new key takes the place of the old one.
    pub fn renew_key(&self) -> String {
        let key = new_key();
        self.state(|state| (state.key, state.is_key_revoked) = (key.clone(), false));
        key
    }

    /// What the key is for: `ADMIN` and `ADMINISTER_USERS` at first.
    pub fn set_scopes(&self, scopes: &[&str]) {
        self.state(|state| state.scopes = scopes.iter().map(ToString::to_string).collect());
    }

    pub fn set_rules(&self, rules: Rules) {
        self.state(|state| state.rules = rules);
    }

    /// By number, without the administrator whose key it is.
    pub fn users(&self) -> Vec<HopsworksUser> {
        self.state(|state| state.users().filter(|user| user.number != ADMINISTRATOR).cloned().collect())
    }

    /// By number.
    pub fn projects(&self) -> Vec<HopsworksProject> {
        self.state(|state| state.projects.values().cloned().collect())
    }

    /// Adds an active user by hand, under the server's rules: a remote one by client id and subject, or a local one.
    /// Answers the number.
    pub fn add_user(&self, identity: Option<(&str, &str)>, email: &str) -> i32 {
        let new = NewUser {
            identity: identity.map(|(client_id, subject)| (client_id.to_owned(), subject.to_owned())),
            email: email.to_owned(),
            given_name: "Made".to_owned(),
            surname: "By Hand".to_owned(),
            max_projects: 0,
            status: Status::Activated,
            roles: vec!["HOPS_USER".to_owned()],
        };
        self.state(|state| state.register(new).map(|user| user.number).expect("a user that the server takes"))
    }

    /// Changes a user by hand.
    pub fn change(&self, number: i32, change: impl FnOnce(&mut HopsworksUser)) {
        self.state(|state| state.change(number, change).map(drop).expect("a known user"));
    }

    /// The server no longer knows this user, nor what they had.
    pub fn forget(&self, number: i32) {
        self.state(|state| state.forget(number));
    }

    /// Adds a project whatever its owner's limit is; it counts. Answers its number.
    pub fn add_project(&self, owner: i32, name: &str) -> i32 {
        self.state(|state| projects::insert(state, owner, name))
    }

    /// Changes a project by hand: what it is called, whose it is, when it was made.
    pub fn change_project(&self, number: i32, change: impl FnOnce(&mut HopsworksProject)) {
        self.state(|state| change(state.projects.get_mut(&number).expect("a known project")));
    }

    pub fn delete_project(&self, number: i32) {
        self.state(|state| state.projects.remove(&number).map(drop).expect("a known project"));
    }

    pub fn add_member(&self, project: i32, user: i32) {
        self.state(|state| {
            let project = state.projects.get_mut(&project).expect("a known project");
            project.members.insert(user, "Data scientist".to_owned());
        });
    }

    /// Method and path of each request in the order in which they came, without base and query.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.server).requests.clone()
    }

    pub fn clear_requests(&self) {
        lock(&self.server).requests.clear();
    }

    /// What goes wrong with every request from now on.
    pub fn set_fault(&self, fault: Option<Fault>) {
        lock(&self.server).plan.standing = fault;
    }

    /// What goes wrong with the next `times` requests of this method whose path begins so (`/admin/users`).
    pub fn fail_next(&self, times: usize, method: &str, path: &str, fault: Fault) {
        lock(&self.server).plan.fail_next(times, Matching::new(method, path), fault);
    }

    /// From now on, so many of a thousand requests meet a fault that passes by itself. None do if that is 0.
    pub fn set_random_faults(&self, seed: u64, per_mille: u32) {
        lock(&self.server).plan.fail_at_random(seed, per_mille);
    }

    /// The next request of this method whose path begins so will wait until it is released.
    pub fn hold(&self, method: &str, path: &str, moment: Moment) -> Held {
        lock(&self.server).plan.hold(Matching::new(method, path), moment)
    }

    fn state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut lock(&self.server).state)
    }
}
