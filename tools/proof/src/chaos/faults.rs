//! What breaks, each for some seconds, and is mended again.

use anyhow::{Error, Result};
use std::time::Duration;

use chrono::TimeDelta;
use clap::ValueEnum;
use fastrand::Rng;
use shared::signing::SigningSecret;
use tokio::time::{Instant, sleep, sleep_until};

use super::{pool::Pool, testbed::Testbed};
use ops::{
    admin_db::{AdminDb, literal},
    app_secret,
};
use testkit::issuer::{KeySize, SigningKey};

/// An instance asks for unknown keys at most that often.
pub const KEYS_ARE_READ_AGAIN_AFTER: Duration = Duration::from_secs(31);
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
}

impl Fault {
    /// Such as `disk-full`.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Why it cannot be had here, if it cannot.
    pub fn missing(self, testbed: &Testbed) -> Option<&str> {
        testbed.disk.as_ref().err().filter(|_| self == Self::DiskFull).map(String::as_str)
    }

    /// Breaks it, waits, and mends it.
    ///
    /// # Errors
    /// When it cannot be mended.
    pub async fn strike(self, testbed: &mut Testbed, pool: &Pool, rng: &mut Rng) -> Result<()> {
        pool.retire(2);
        match self {
            Self::PostgresKilled => {
                testbed.stack.postgres.kill();
                testbed.wait(rng.u32(1..3)).await;
                pool.retire(2);
                testbed.stack.postgres.start_again().await?;
                testbed.wait(2).await;
            }
            Self::PgBouncerKilled => {
                testbed.stack.pgbouncer.stop();
                testbed.wait(rng.u32(1..4)).await;
                pool.retire(2);
                testbed.stack.pgbouncer.start_again().await?;
                testbed.wait(2).await;
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
            Self::SecretsDown => {
                testbed.stack.secrets.stop().await;
                testbed.wait(3).await;
                pool.retire(2);
                testbed.wait(2).await;
                // Nobody may read what comes back version by version: the real one forgets nothing.
                testbed.secrets.set_down(true);
                testbed.stack.secrets.start_again().await?;
                testbed.restore_secret().await?;
                testbed.secrets.set_down(false);
                testbed.wait(1).await;
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
            Self::IssuerDown => {
                testbed.issuer.set_down(true);
                pool.retire(3);
                testbed.wait(5).await;
                testbed.issuer.set_down(false);
                testbed.wait(1).await;
            }
            Self::IssuerRotated => rotate_issuer(testbed, pool).await?,
            Self::ClockSkewed => {
                testbed.credentials().skew = TimeDelta::minutes(1);
                testbed.wait(5).await;
                testbed.credentials().skew = TimeDelta::zero();
            }
        }
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
async fn full_disk(testbed: &mut Testbed, pool: &Pool) -> Result<()> {
    let Ok(disk) = &testbed.disk else { return Ok(()) };
    disk.fill()?;
    // First tables cannot grow; then the log of writes cannot go on either, and PostgreSQL gives up.
    testbed.wait(3).await;
    pool.retire(2);
    for _ in 0..LOG_FILES {
        if let Ok(mut owner) = AdminDb::connect(&testbed.world.stack.direct_url("postgres")).await {
            let _ = owner.run("select pg_switch_wal()").await;
        }
        sleep(testbed.unit / 4).await;
    }
    disk.make_room()?;
    let began = Instant::now();
    while began.elapsed() < DATABASE_IS_BACK_WITHIN && testbed.stack.postgres.is_running() {
        if AdminDb::connect(&testbed.world.stack.direct_url("postgres")).await.is_ok() {
            testbed.wait(2).await;
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    testbed.stack.postgres.start_again().await?;
    testbed.wait(2).await;
    Ok(())
}

/// As docs/operate.md says: the new one is stored, every function reads it, and then the Action signs with it.
async fn rotate_webhook_secret(testbed: &mut Testbed, pool: &Pool) -> Result<()> {
    let text = app_secret::new_webhook_secret();
    testbed.change_secret("webhook_secret", &text).await?;
    pool.retire(2);
    testbed.wait(3).await;
    pool.renew();
    testbed.wait(1).await;
    testbed.credentials().webhook_secret = SigningSecret::parse(&text).map_err(Error::msg)?;
    testbed.wait(2).await;
    Ok(())
}

/// The database knows the new password first, then the secret does; all connections are cut, so that the old one is
/// tried and refused.
async fn rotate_password(testbed: &mut Testbed, rng: &mut Rng) -> Result<()> {
    let password = format!("api-{:x}", rng.u128(..));
    let mut owner = AdminDb::connect(&testbed.world.stack.direct_url("postgres")).await?;
    owner
        .run(&format!("do $$ begin execute format('alter role api password %L', {}); end $$", literal(&password)))
        .await?;
    testbed.stack.pgbouncer.users.insert("api".to_owned(), password.clone());
    testbed.stack.pgbouncer.restart().await?;
    let (port, database) = (testbed.pooler.port, &testbed.world.database);
    let url = format!("postgres://api:{password}@127.0.0.1:{port}/{database}");
    testbed.change_secret("database_url", &url).await?;
    testbed.wait(5).await;
    Ok(())
}

/// The next key has been published for a while, as Auth0 does it: no good token may be refused when it signs.
async fn rotate_issuer(testbed: &mut Testbed, pool: &Pool) -> Result<()> {
    if let Some(from) = testbed.signs_from {
        sleep_until(from).await;
    }
    let key = std::mem::replace(&mut testbed.next_key, SigningKey::generate("another", KeySize::Rsa2048)?);
    testbed.next_key.kid = format!("after-{}", key.kid);
    testbed.credentials().key = key.clone();
    testbed.wait(3).await;
    pool.retire(2);
    // The key before is withdrawn, and another one announced.
    testbed.announce_next_key(&key, KEYS_ARE_READ_AGAIN_AFTER);
    testbed.wait(2).await;
    Ok(())
}
