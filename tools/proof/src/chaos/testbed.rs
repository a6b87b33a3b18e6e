//! Where chaos takes place: a stack, a world on it, and proxies between the functions and their neighbours.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use serde_json::Value;
use shared::config::Config;
use tokio::time::{Instant, sleep};

use super::{documented::Contract, credentials::Credentials, disk::Disk, recorder::Recorder};
use crate::storm::{decision_log, population};
use anyhow::Result;
use ops::app_secret;
use testkit::{
    World,
    issuer::{KeySize, SigningKey},
    proxy::Proxy,
    stack::Stack,
};

const REQUESTS_PER_UNIT: usize = 3;
const WAITS_AT_MOST: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// The functions, as far as faults concern them.
pub trait Functions: Send + Sync + 'static {
    /// Kills one in the middle of a request; false when none is at work.
    fn kill_one_at_work(&self, rng: &mut Rng) -> bool;
    /// Ends up to so many waiting instances of each: the next requests start new ones.
    fn retire(&self, of_each: usize);
    /// Ends every instance that is there now, each as soon as it is not at work.
    fn renew(&self);
}

/// Everything that can be broken.
pub struct Testbed {
    pub stack: Stack,
    pub world: Arc<World>,
    pub credentials: Arc<Credentials>,
    pub recorder: Arc<Recorder>,
    /// Between functions and pooler, Secrets Manager, issuer.
    pub pooler: Proxy,
    pub secrets: Proxy,
    pub issuer: Proxy,
    /// None: the database has no disk of its own that could be full, and why.
    pub disk: Result<Disk, String>,
    /// How long a fault lasts is counted in these.
    pub unit: Duration,
    pub secret_id: String,
    /// The secret's versions: the current one, and the one before.
    pub secret: Value,
    pub previous_secret: Option<Value>,
    /// The key that the issuer will sign with next, and from when on: None while it is not published.
    pub next_key: SigningKey,
    pub signs_from: Option<Instant>,
}

impl Testbed {
    /// A world with clusters, an administrator, accounts, and a price.
    ///
    /// # Errors
    /// When a proxy cannot be started.
    pub async fn set(stack: Stack, disk: Result<Disk, String>, unit: Duration) -> Result<Self> {
        let (address, secrets_port) = (stack.address(), stack.secrets.port());
        let world = Arc::new(World::on(address).await);
        world.add_cluster("first", 6).await;
        world.add_cluster("second", 4).await;
        world.add_administrator().await;
        population::sign_everybody_up(&world).await;
        world.sql("insert into public.usage_rates values (current_date - 60, 0.175, 2.5, 0.03, 'auth0|admin')").await;
        decision_log::keep_of_seats(&world).await;
        let pooler = Proxy::start(world.stack.pgbouncer_port).await?;
        let secret = world.secret(pooler.port());
        Ok(Self {
            secret_id: world.put_secret(&secret).await,
            credentials: Arc::new(Credentials::new(
                world.clock.clone(),
                world.key.clone(),
                world.webhook_secret.clone(),
            )),
            recorder: Arc::new(Recorder::new(Contract::read()?)),
            pooler,
            secrets: Proxy::start(secrets_port).await?,
            issuer: Proxy::start(world.issuer.port()).await?,
            secret,
            previous_secret: None,
            next_key: SigningKey::generate("second", KeySize::Rsa2048)?,
            signs_from: None,
            disk,
            unit,
            stack,
            world,
        })
    }

    /// What functions are told: each neighbour by the address of its proxy.
    pub fn config(&self) -> Config {
        Config {
            jwks_url: format!("http://127.0.0.1:{}/.well-known/jwks.json", self.issuer.port()),
            secrets_endpoint_url: Some(format!("http://127.0.0.1:{}", self.secrets.port())),
            ..self.world.config(&self.secret_id)
        }
    }

    /// Publishes the key that will be signed with after a while, beside the present one, as Auth0 does.
    pub fn announce_next_key(&mut self, present: &SigningKey, after: Duration) {
        self.world.issuer.publish(vec![present.jwk(), self.next_key.jwk()]);
        self.signs_from = Some(Instant::now() + after);
    }

    /// Makes this the current version of the secret.
    ///
    /// # Errors
    /// When Secrets Manager is down.
    pub async fn replace_secret(&mut self, secret: Value) -> Result<()> {
        app_secret::put(&self.stack.secrets.url(), &self.secret_id, &secret).await?;
        self.previous_secret = Some(std::mem::replace(&mut self.secret, secret));
        Ok(())
    }

    /// Stores again what an empty Secrets Manager has lost.
    ///
    /// # Errors
    /// When it is down.
    pub async fn restore_secret(&self) -> Result<()> {
        for version in self.previous_secret.iter().chain([&self.secret]) {
            app_secret::put(&self.stack.secrets.url(), &self.secret_id, version).await?;
        }
        Ok(())
    }

    /// Waits for some of the units that faults are counted in, and longer where the clients are slow: a fault is for
    /// them.
    pub async fn wait(&self, units: u32) {
        let (began, before) = (Instant::now(), self.recorder.ended());
        let enough = before + REQUESTS_PER_UNIT * units as usize;
        sleep(self.unit * units).await;
        while self.recorder.ended() < enough && began.elapsed() < WAITS_AT_MOST {
            sleep(POLL).await;
        }
    }
}
