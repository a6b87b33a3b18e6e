//! Where chaos takes place: a stack, a world on it, and proxies between the functions and their neighbours.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::config::Config;
use tokio::time::{Instant, sleep};

use super::{client::Credentials, disk::Disk, recorder::Recorder};
use crate::storm::{decision_log, population};
use ops::app_secret;
use testkit::{
    World,
    issuer::{KeySize, SigningKey},
    lock::lock,
    proxy::Proxy,
    stack::Stack,
};

const REQUESTS_PER_UNIT: usize = 3;
const WAITS_AT_MOST: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// Everything that can be broken.
pub struct Testbed {
    pub stack: Stack,
    pub world: Arc<World>,
    pub credentials: Arc<Mutex<Credentials>>,
    pub recorder: Arc<Recorder>,
    /// Between functions and pooler, Secrets Manager, issuer.
    pub pooler: Proxy,
    pub secrets: Proxy,
    pub issuer: Proxy,
    /// The error says why the database has no disk of its own that could be full.
    pub disk: Result<Disk, String>,
    /// How long a fault lasts is counted in these.
    pub unit: Duration,
    pub secret_id: String,
    /// The secret's versions, the current one last.
    versions: Vec<Value>,
    /// The key that the issuer will sign with next, and from when on: None while it is not published.
    pub next_key: SigningKey,
    pub signs_from: Option<Instant>,
}

impl Testbed {
    /// A world with clusters, an administrator, accounts, and a price.
    ///
    /// # Errors
    /// When a proxy cannot be started.
    pub async fn start(stack: Stack, disk: Result<Disk, String>, unit: Duration) -> Result<Self> {
        let address = stack.address;
        let world = Arc::new(World::on(address).await);
        world.add_cluster("first", 6).await;
        world.add_cluster("second", 4).await;
        world.add_administrator().await;
        population::sign_up(&world).await;
        world.sql("insert into public.usage_rates values (current_date - 60, 0.175, 2.5, 0.03, 'auth0|admin')").await;
        decision_log::create(&world).await;
        decision_log::write_in(&world, "lock_seats", "", "").await;
        let pooler = Proxy::start(world.stack.pgbouncer_port).await?;
        let secret = world.secret(pooler.port);
        Ok(Self {
            secret_id: world.put_secret(&secret).await,
            credentials: Arc::new(Mutex::new(Credentials {
                clock: world.clock.clone(),
                key: world.key.clone(),
                webhook_secret: world.webhook_secret.clone(),
                skew: TimeDelta::zero(),
            })),
            recorder: Arc::default(),
            pooler,
            secrets: Proxy::start(address.secrets_port).await?,
            issuer: Proxy::start(world.issuer.port()).await?,
            versions: vec![secret],
            next_key: SigningKey::generate("second", KeySize::Rsa2048)?,
            signs_from: None,
            disk,
            unit,
            stack,
            world,
        })
    }

    /// The functions' settings: each neighbour by the address of its proxy.
    pub fn config(&self) -> Config {
        Config {
            jwks_url: format!("http://127.0.0.1:{}/.well-known/jwks.json", self.issuer.port),
            secrets_endpoint_url: Some(format!("http://127.0.0.1:{}", self.secrets.port)),
            ..self.world.config(&self.secret_id)
        }
    }

    pub fn credentials(&self) -> MutexGuard<'_, Credentials> {
        lock(&self.credentials)
    }

    /// Publishes the key that will be signed with after a while, beside the present one, as Auth0 does.
    pub fn announce_next_key(&mut self, present: &SigningKey, after: Duration) {
        self.world.issuer.publish(vec![present.jwk(), self.next_key.jwk()]);
        self.signs_from = Some(Instant::now() + after);
    }

    /// Makes a version of the secret in which this field is another, and the current one.
    ///
    /// # Errors
    /// When Secrets Manager is down.
    pub async fn change_secret(&mut self, field: &str, value: &str) -> Result<()> {
        let mut secret = self.versions.last().cloned().unwrap_or_default();
        secret[field] = json!(value);
        app_secret::put(&self.world.stack.secrets_url(), &self.secret_id, &secret).await?;
        self.versions.push(secret);
        Ok(())
    }

    /// Stores the current version again, after the one before, in a Secrets Manager that came back empty.
    ///
    /// # Errors
    /// When it is down.
    pub async fn restore_secret(&self) -> Result<()> {
        for version in self.versions.iter().rev().take(2).rev() {
            app_secret::put(&self.world.stack.secrets_url(), &self.secret_id, version).await?;
        }
        Ok(())
    }

    /// Waits for some of the units that faults are counted in, and longer where the clients are slow: a fault is for
    /// them.
    pub async fn wait(&self, units: u32) {
        let (began, before) = (Instant::now(), self.recorder.record().ended);
        let enough = before + REQUESTS_PER_UNIT * units as usize;
        sleep(self.unit * units).await;
        while self.recorder.record().ended < enough && began.elapsed() < WAITS_AT_MOST {
            sleep(POLL).await;
        }
    }
}
