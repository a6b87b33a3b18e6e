//! What a section is measured on: a world on a stack that nothing else uses, of this checkout or of an earlier revision.

use std::{path::PathBuf, sync::atomic::AtomicU64};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use ops::schema::checkout;

use crate::lambda::Program;
use testkit::{
    TestRequest, TestResponse, World,
    programs::Kit,
    stack::{Stack, TEMPLATE},
};

/// The users that the requests are about; each has a seat and credits.
pub const USERS: u64 = 1_000;
pub const FIRST_USER: u64 = 555_000;

/// The number of a request's user; the id ends with its six digits.
pub fn user(at: u64) -> u64 {
    FIRST_USER + at * 7919 % USERS
}

/// A checkout whose functions are built, and a database that it has migrated.
#[derive(Clone)]
pub struct Version {
    /// As the page calls it, such as `before (12933c6)`.
    pub name: String,
    pub checkout: PathBuf,
    pub template: String,
    /// The schema of its SQL functions.
    pub release: Option<String>,
}

impl Version {
    pub fn ours() -> Self {
        Self { name: "now".to_owned(), checkout: checkout(), template: TEMPLATE.to_owned(), release: None }
    }
}

pub struct Setup {
    pub version: Version,
    pub world: World,
    /// The stack's folder.
    pub home: PathBuf,
    pub postgres: Kit,
    /// The pooler's.
    pub port: u16,
    tokens: Vec<String>,
    pub admin: String,
    pub meter: String,
    pub began_at: DateTime<Utc>,
    /// The number of the next request of clients: each is another one.
    pub next: AtomicU64,
}

impl Setup {
    /// An empty database.
    pub async fn empty(stack: &Stack, version: &Version) -> Self {
        let mut world = World::copy_of(stack.address, &version.template).await;
        if let Some(release) = &version.release {
            world.release.clone_from(release);
        }
        Self {
            version: version.clone(),
            home: stack.home.clone(),
            postgres: stack.tools.postgres.clone(),
            port: world.stack.pgbouncer_port,
            tokens: (0..USERS).map(|number| world.token(&format!("auth0|bench{}", FIRST_USER + number))).collect(),
            admin: world.token("auth0|admin"),
            meter: world.machine_token(&["usage:write"]),
            began_at: world.clock.now(),
            next: AtomicU64::new(1_000_000),
            world,
        }
    }

    /// A database with users who have seats on one cluster, and an administrator.
    pub async fn with_users(stack: &Stack, version: &Version) -> Self {
        let setup = Self::empty(stack, version).await;
        setup.world.add_administrator().await;
        setup.world.add_cluster("demo", 100_000_000).await;
        setup.sign_up("bench").await;
        let rate =
            "insert into app.usage_rates values ('2026-01-01', 0.175, 2.5, 0.03, 'bench') on conflict do nothing";
        setup.world.sql(&format!("{rate}; analyze")).await;
        setup
    }

    /// As many users again, whose ids begin with `auth0|` and this name.
    pub async fn sign_up(&self, name: &str) {
        let last = FIRST_USER + USERS - 1;
        let sign_up = format!(
            "select sync_user(jsonb_build_object('input', jsonb_build_object('user_id', 'auth0|{name}' || n, \
               'email', '{name}' || n || '@example.com', 'email_verified', true, 'name', 'Bench ' || n, \
               'logged_in_at', '2026-01-01T00:00:00Z'))) from generate_series({FIRST_USER}, {last}) n"
        );
        self.world.sql(&sign_up).await;
    }

    /// What the user asks for.
    pub fn get(&self, path: &str, at: u64) -> TestRequest {
        TestRequest::get(path).bearer(&self.tokens[(user(at) - FIRST_USER) as usize])
    }

    /// The function as it is released, which reaches its database through `port`.
    pub async fn program(&self, function: &'static str, port: u16) -> Program {
        Program::released_in(&self.version.checkout, function).in_world(&self.world, port).await
    }
}

pub fn succeeded(answer: TestResponse) -> Result<()> {
    if answer.status < 300 { Ok(()) } else { bail!("{}: {:.300}", answer.status, answer.text) }
}
