//! What breaks, each for some seconds, and is mended again.

mod clusters;

use anyhow::{Error, Result};
use std::time::Duration;

use chrono::TimeDelta;
use clap::ValueEnum;
use fastrand::Rng;
use shared::signing::SigningSecret;
use tokio::time::{Instant, sleep, sleep_until};

use super::{pool::Pool, testbed::Testbed, workers::Workers};
use ops::{admin_db::AdminDb, app_secret};
use testkit::lock::lock;

/// An instance asks for unknown keys at most that often.
const KEYS_ARE_READ_AGAIN_AFTER: Duration = Duration::from_secs(31);
const KILLS_PER_UNIT: u32 = 6;
/// More than there are in stock.
const LOG_FILES: u32 = 12;
const DATABASE_IS_BACK_WITHIN: Duration = Duration::from_secs(10);

/// One thing that breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    PostgresKilled,
    PgBouncerKilled,
    FunctionsKilled,
    SocketsSilent,
    DiskFull,
    SecretsDown,
    SecretsSlow,
    WebhookSecretRotated,
    PasswordRotated,
    IssuerDown,
    IssuerRotated,
    ClockSkewed,
    ProvisionKilled,
    CollectUsageKilled,
    ApiKeyRevoked,
    AnswersCut,
    HopsworksSlow,
    HopsworksDown,
}

impl Fault {
    /// Breaks it, waits, and mends it.
    pub async fn strike(self, testbed: &mut Testbed, pool: &Pool, workers: &mut Workers, rng: &mut Rng) -> Result<()> {
        pool.retire(2);
        match self {
            Self::PostgresKilled => {
                testbed.stack.postgres.kill();
                testbed.wait(rng.u32(1..3)).await;
                pool.retire(2);
                testbed.stack.postgres.start_again().await?;
            }
            Self::PgBouncerKilled => {
                testbed.stack.pgbouncer.stop();
                testbed.wait(rng.u32(1..4)).await;
                pool.retire(2);
                testbed.stack.pgbouncer.start_again().await?;
            }
            Self::FunctionsKilled => kill_functions(testbed, pool, rng).await,
            Self::SocketsSilent => {
                for _ in 0..2 {
                    testbed.pooler.silence_open_connections();
                    testbed.wait(2).await;
                    pool.retire(2);
                }
            }
            Self::DiskFull => full_disk(testbed, pool).await?,
            Self::SecretsDown | Self::IssuerDown => {
                let proxy = if self == Self::SecretsDown { &testbed.secrets } else { &testbed.issuer };
                proxy.set_down(true);
                for _ in 0..2 {
                    testbed.wait(2).await;
                    pool.retire(2);
                }
                testbed.wait(1).await;
                proxy.set_down(false);
            }
            Self::SecretsSlow => {
                for delay in [1, 4] {
                    testbed.secrets.delay(testbed.unit * delay);
                    pool.retire(3);
                    testbed.wait(4).await;
                }
                testbed.secrets.delay(Duration::ZERO);
            }
            Self::WebhookSecretRotated => rotate_webhook_secret(testbed, pool).await?,
            Self::PasswordRotated => rotate_password(testbed, rng).await?,
            Self::IssuerRotated => rotate_issuer(testbed, pool).await?,
            Self::ClockSkewed => {
                for minutes in [1, -1, 0] {
                    lock(&testbed.credentials).skew = TimeDelta::minutes(minutes);
                    testbed.wait(3).await;
                }
            }
            Self::ProvisionKilled => clusters::kill_provision(testbed, &mut workers.provision, rng).await,
            Self::CollectUsageKilled => clusters::kill_collect_usage(testbed, &mut workers.collect_usage, rng).await,
            Self::ApiKeyRevoked => clusters::revoke_key(testbed, rng).await,
            Self::AnswersCut => clusters::cut_answers(testbed).await,
            Self::HopsworksSlow => clusters::slow_down(testbed).await,
            Self::HopsworksDown => clusters::shut_down(testbed, rng).await,
        }
        testbed.wait(2).await;
        Ok(())
    }
}

async fn kill_functions(testbed: &Testbed, pool: &Pool, rng: &mut Rng) {
    let mut killed = 0;
    for _ in 0..5 * KILLS_PER_UNIT {
        killed += usize::from(pool.kill_one_at_work(rng));
        sleep(testbed.unit / KILLS_PER_UNIT).await;
    }
    if killed == 0 {
        testbed.recorder.find("no function was at work when it was to be killed".to_owned());
    }
}

/// PostgreSQL may come through it, restart by itself, or end: then it is started as an operator would.
async fn full_disk(testbed: &Testbed, pool: &Pool) -> Result<()> {
    let Ok(disk) = &testbed.disk else { return Ok(()) };
    let (postgres, url) = (&testbed.stack.postgres, testbed.world.stack.direct_url("postgres"));
    disk.fill().await?;
    // First tables cannot grow; then the log of writes cannot go on either, and PostgreSQL gives up.
    testbed.wait(3).await;
    pool.retire(2);
    for _ in 0..LOG_FILES {
        if let Ok(mut owner) = AdminDb::connect(&url).await {
            let _ = owner.run("select pg_switch_wal()").await;
        }
        sleep(testbed.unit / 4).await;
    }
    disk.make_room().await?;
    let began = Instant::now();
    while began.elapsed() < DATABASE_IS_BACK_WITHIN && postgres.is_running() {
        if AdminDb::connect(&url).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    postgres.start_again().await
}

/// As docs/operate.md says: the new one is stored, every function reads it, and then the Action signs with it.
async fn rotate_webhook_secret(testbed: &mut Testbed, pool: &Pool) -> Result<()> {
    let text = app_secret::new_webhook_secret();
    testbed.change_secret("webhook_secret", &text).await?;
    pool.retire(2);
    testbed.wait(3).await;
    pool.renew();
    testbed.wait(1).await;
    lock(&testbed.credentials).webhook_secret = SigningSecret::parse(&text).map_err(Error::msg)?;
    Ok(())
}

/// The database knows the new password first, then the secret does; all connections are cut, so that the old one is
/// tried and refused.
async fn rotate_password(testbed: &mut Testbed, rng: &mut Rng) -> Result<()> {
    let password = format!("api-{:x}", rng.u128(..));
    testbed.world.sql(&format!("alter role api password '{password}'")).await;
    testbed.stack.pgbouncer.users.insert("api".to_owned(), password.clone());
    testbed.stack.pgbouncer.restart().await?;
    let (port, database) = (testbed.pooler.port, &testbed.world.database);
    let url = format!("postgres://api:{password}@127.0.0.1:{port}/{database}");
    testbed.change_secret("database_url", &url).await?;
    testbed.wait(3).await;
    Ok(())
}

/// The next key has been published for a while, as Auth0 does it: no good token may be refused when it signs.
async fn rotate_issuer(testbed: &mut Testbed, pool: &Pool) -> Result<()> {
    sleep_until(testbed.signs_from).await;
    let present = testbed.next_key.clone();
    lock(&testbed.credentials).key = present.clone();
    testbed.wait(3).await;
    pool.retire(2);
    // The key before is withdrawn, and another one announced.
    testbed.announce_next_key(&present, KEYS_ARE_READ_AGAIN_AFTER)
}
