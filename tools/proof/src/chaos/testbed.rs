//! Where chaos takes place: a stack, a world on it, and proxies between the functions and their neighbours.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::config::Config;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    client::Credentials,
    clusters::{self, Cluster},
    disk::Disk,
    recorder::Recorder,
};
use crate::storm::{decision_log, readings};
use ops::app_secret;
use testkit::{
    World,
    issuer::{KeySize, SigningKey},
    opencost::OpenCost,
    proxy::Proxy,
    stack::Stack,
};

const REQUESTS_PER_UNIT: usize = 10;
const WAITS_AT_MOST: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// Everything that can be broken.
pub struct Testbed {
    pub stack: Stack,
    pub world: Arc<World>,
    pub credentials: Arc<Mutex<Credentials>>,
    pub recorder: Arc<Recorder>,
    /// On which accounts are made. The clients add others, where none are.
    pub clusters: [Cluster; 2],
    /// Between functions and pooler, Secrets Manager, issuer.
    pub pooler: Proxy,
    pub secrets: Proxy,
    pub issuer: Proxy,
    /// The error says why the database has no disk of its own that could be full.
    pub disk: Result<Disk, String>,
    /// How long a fault lasts is counted in these.
    pub unit: Duration,
    secret_id: String,
    secret: Value,
    /// The key that the issuer will sign with next, and from when on.
    pub next_key: SigningKey,
    pub signs_from: Instant,
}

impl Testbed {
    /// A world with clusters, an administrator, accounts, and a price.
    pub async fn start(stack: Stack, disk: Result<Disk, String>, unit: Duration) -> Result<Self> {
        let world = Arc::new(World::on(stack.address).await);
        let clusters = clusters::add(&world).await?;
        world.add_administrator().await;
        readings::sign_up(&world).await;
        world.sql("insert into app.usage_rates values (current_date - 60, 0.175, 2.5, 0.03, 'auth0|admin')").await;
        decision_log::create(&world, &decision_log::seats("")).await;
        let pooler = Proxy::start(world.stack.pgbouncer_port).await?;
        let secret = world.secret(pooler.port);
        let mut testbed = Self {
            secret_id: world.put_secret(&secret).await,
            credentials: Arc::new(Mutex::new(Credentials {
                key: world.key.clone(),
                webhook_secret: world.webhook_secret.clone(),
                skew: TimeDelta::zero(),
            })),
            recorder: Arc::default(),
            clusters,
            pooler,
            secrets: Proxy::start(world.stack.secrets_port).await?,
            issuer: Proxy::start(world.issuer.port()).await?,
            secret,
            next_key: world.key.clone(),
            signs_from: Instant::now(),
            disk,
            unit,
            stack,
            world,
        };
        // Before any instance starts, so that nobody needs to wait.
        testbed.announce_next_key(&testbed.world.key.clone(), Duration::ZERO)?;
        Ok(testbed)
    }

    /// What tells of usage on the clusters.
    pub fn opencosts(&self) -> [(Uuid, &OpenCost); 2] {
        self.clusters.each_ref().map(|cluster| (cluster.id, &cluster.opencost))
    }

    /// The functions' settings: each neighbour by the address of its proxy.
    pub fn config(&self) -> Config {
        Config {
            jwks_url: format!("http://127.0.0.1:{}/.well-known/jwks.json", self.issuer.port),
            secrets_endpoint_url: Some(format!("http://127.0.0.1:{}", self.secrets.port)),
            ..self.world.config(&self.secret_id)
        }
    }

    /// Publishes a new key, which will sign after a while, beside the present one, as Auth0 does.
    pub fn announce_next_key(&mut self, present: &SigningKey, after: Duration) -> Result<()> {
        self.next_key = SigningKey::generate(&format!("after-{}", present.kid), KeySize::Rsa2048)?;
        self.world.issuer.publish(vec![present.jwk(), self.next_key.jwk()]);
        self.signs_from = Instant::now() + after;
        Ok(())
    }

    /// Makes a version of the secret in which this field is another, and the current one.
    pub async fn change_secret(&mut self, field: &str, value: &str) -> Result<()> {
        self.secret[field] = json!(value);
        app_secret::put(&self.world.stack.secrets_url(), &self.secret_id, &self.secret).await
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
