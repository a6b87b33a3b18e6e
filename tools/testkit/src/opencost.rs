//! A stand-in for OpenCost, which says what each namespace of a cluster used: the allocation API of version 1.121.3 with
//! the forms of its answers, and everything odd that was seen of them. It fails as a test wants it to.

mod allocation;
mod hours;
mod number;
mod odd;
mod pieces;
mod query;
mod server;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::Result;
use chrono::{DateTime, Utc};
use fastrand::Rng;

use self::server::Server;
pub use self::{hours::Used, odd::Odd};
pub use crate::stand_in::{
    faults::Fault,
    plan::{Held, Moment},
};
use crate::{
    lock::lock,
    stand_in::{Https, certificates::Authority, plan::Matching},
};

const NAME: &str = "OpenCost";

/// An OpenCost behind a gateway with TLS, on a port of this machine. It knows hours that were set, and no clock. It stops
/// when dropped.
pub struct OpenCost {
    pub port: u16,
    https: Https,
    server: Arc<Mutex<Server>>,
}

impl OpenCost {
    /// Starts on `port` (0: any), with a certificate authority of its own. It asks for no token.
    pub async fn start(port: u16) -> Result<Self> {
        Self::start_with(port, Authority::generate(NAME)?)
    }

    /// Starts with the authority that is kept in `folder`, made there the first time.
    pub async fn start_kept(port: u16, folder: &Path) -> Result<Self> {
        Self::start_with(port, Authority::kept_in(folder, NAME)?)
    }

    fn start_with(port: u16, authority: Authority) -> Result<Self> {
        let https = Https::listen(port, authority)?;
        let started = Self { port: https.port, https, server: Arc::default() };
        started.serve()?;
        Ok(started)
    }

    fn serve(&self) -> Result<()> {
        let server = Arc::clone(&self.server);
        self.https.serve(move |request| server::answer(Arc::clone(&server), request))
    }

    /// What paths stand behind (`/allocation/compute`).
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

    /// From now on, who does not send this one is answered 401.
    pub fn set_token(&self, token: Option<&str>) {
        lock(&self.server).token = token.map(str::to_owned);
    }

    pub fn token(&self) -> Option<String> {
        lock(&self.server).token.clone()
    }

    /// What a namespace used in the hour that begins then.
    pub fn set(&self, hour: DateTime<Utc>, namespace: &str, used: Used) {
        lock(&self.server).hours.0.entry(hour).or_default().insert(namespace.to_owned(), used);
    }

    /// The whole hour at once.
    pub fn set_hour(&self, hour: DateTime<Utc>, used: BTreeMap<String, Used>) {
        lock(&self.server).hours.0.insert(hour, used);
    }

    /// The namespace was not there in that hour.
    pub fn remove(&self, hour: DateTime<Utc>, namespace: &str) {
        if let Some(used) = lock(&self.server).hours.0.get_mut(&hour) {
            used.remove(namespace);
        }
    }

    /// What was set, by namespace, whatever is answered.
    pub fn used(&self, hour: DateTime<Utc>) -> BTreeMap<String, Used> {
        lock(&self.server).hours.0.get(&hour).cloned().unwrap_or_default()
    }

    /// How this hour is answered from now on. None: as it was set.
    pub fn set_answer(&self, hour: DateTime<Utc>, odd: impl Into<Option<Odd>>) {
        let mut server = lock(&self.server);
        match odd.into() {
            Some(odd) => server.odd.insert(hour, odd),
            None => server.odd.remove(&hour),
        };
    }

    /// How the next `times` questions are answered, whatever their hour.
    pub fn answer_next(&self, times: usize, odd: Odd) {
        lock(&self.server).next_odd.push((times, odd));
    }

    /// What goes wrong with every request from now on.
    pub fn set_fault(&self, fault: Option<Fault>) {
        lock(&self.server).plan.standing = fault;
    }

    /// What goes wrong with the next `times` requests.
    pub fn fail_next(&self, times: usize, fault: Fault) {
        lock(&self.server).plan.fail_next(times, Matching::new("GET", "/"), fault);
    }

    /// From now on, so many of a thousand requests meet a fault that passes by itself, or an answer that has no hour in it.
    /// None do if that is 0.
    pub fn set_random_faults(&self, seed: u64, per_mille: u32) {
        lock(&self.server).random = Some((Rng::with_seed(seed), per_mille));
    }

    /// The next request will wait until it is released.
    pub fn hold(&self, moment: Moment) -> Held {
        lock(&self.server).plan.hold(Matching::new("GET", "/"), moment)
    }

    /// When the windows began that were asked for, in the order in which requests came.
    pub fn requests(&self) -> Vec<DateTime<Utc>> {
        lock(&self.server).requests.clone()
    }

    pub fn clear_requests(&self) {
        lock(&self.server).requests.clear();
    }
}
