//! A stand-in for a Hopsworks server: what its public source and those who used it tell of its users and projects, with
//! the same codes, filters and traps. It fails as a test wants it to.

mod answer;
mod certificates;
mod connections;
mod faults;
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
    fs, mem,
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result};
use ops::environment::write_secret;
use tokio::task::JoinSet;

use self::{
    certificates::Authority,
    faults::Matching,
    server::{Server, new_key},
    state::{NewUser, State},
};
pub use self::{
    faults::{Fault, Held, Moment},
    project::HopsworksProject,
    state::Rules,
    user::{ADMINISTRATOR, HopsworksUser, Status},
};
use crate::{lock::lock, process};

/// A Hopsworks server on a port of this machine. It stops when dropped.
pub struct Hopsworks {
    pub port: u16,
    listener: TcpListener,
    authority: Mutex<Authority>,
    server: Arc<Mutex<Server>>,
    task: Mutex<JoinSet<()>>,
}

impl Hopsworks {
    /// Starts on `port` (0: any), with a certificate authority and a key of its own.
    pub async fn start(port: u16) -> Result<Self> {
        Self::start_with(port, Authority::generate()?, new_key())
    }

    /// Starts with the authority and the key that are kept in `folder`, made there the first time.
    pub async fn start_kept(port: u16, folder: &Path) -> Result<Self> {
        let authority = Authority::kept_in(folder)?;
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
        let listener = if port == 0 { process::listen() } else { process::listen_on(port) };
        let listener = listener.context("taking a port for Hopsworks")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let server = Arc::new(Mutex::new(Server::new(key)));
        let started = Self { port, listener, authority: Mutex::new(authority), server, task: Mutex::default() };
        started.serve()?;
        Ok(started)
    }

    fn serve(&self) -> Result<()> {
        let tls = lock(&self.authority).server_config()?;
        let listener = tokio::net::TcpListener::from_std(self.listener.try_clone()?)?;
        let server = Arc::clone(&self.server);
        let answer = move |request| server::answer(Arc::clone(&server), request);
        lock(&self.task).spawn(connections::serve(listener, tls, answer));
        Ok(())
    }

    /// The cluster's `api_url`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The certificate of the authority that has signed the server's.
    pub fn ca_pem(&self) -> String {
        lock(&self.authority).pem.clone()
    }

    /// Ends all connections, and goes on with a certificate that another authority has signed.
    pub async fn restart_with_other_ca(&self) -> Result<()> {
        let other = Authority::generate()?;
        let mut task = mem::take(&mut *lock(&self.task));
        task.shutdown().await;
        *lock(&self.authority) = other;
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
