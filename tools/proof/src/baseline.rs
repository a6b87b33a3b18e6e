//! Five jobs written the baseline way (`local/baseline/`), for the bench to measure ours beside: Node on Lambda's runtime
//! client, `pg`, and several queries in a transaction.

pub mod install;

use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::{baseline::install::FOLDER, lambda::Program};
use testkit::{World, programs::Packages};

/// The login role of the jobs, which reads and writes the tables itself.
pub const ROLE: &str = "web_app";
/// For databases that live on this machine and nowhere else.
pub const PASSWORD: &str = "local-web-app-password";
/// Named as the functions that do the same.
pub const JOBS: [&str; 5] = ["sync-user", "admin-users", "assign-cluster", "credits", "usage"];

/// ES modules have no `require`, and some of the packages call it.
const REQUIRE: &str = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/// The jobs, ready to be started.
#[derive(Clone, Debug)]
pub struct Baseline {
    packages: Packages,
}

impl Baseline {
    /// Installs what the jobs need and bundles each into one minified file, as it would be deployed.
    ///
    /// # Errors
    /// When they cannot be installed, built or bundled.
    pub async fn prepare(checkout: &Path) -> Result<Self> {
        let baseline = Self { packages: install::find_or_build(checkout).await? };
        let mut bundle = tokio::process::Command::from(baseline.packages.command("esbuild"));
        bundle
            .args(JOBS.map(|job| checkout.join(FOLDER).join(job).with_extension("mjs")))
            .args(["--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm"])
            .args(["--main-fields=module,main", "--out-extension:.js=.mjs", "--log-level=error"])
            .arg(format!("--banner:js={REQUIRE}"))
            .arg(format!("--outdir={}", baseline.bundles().display()))
            .env("NODE_PATH", baseline.packages.home.join("node_modules"))
            .kill_on_drop(true);
        let bundled = bundle.output().await.context("running esbuild")?;
        if bundled.status.success() {
            return Ok(baseline);
        }
        Err(anyhow!("esbuild failed: {}", String::from_utf8_lossy(&bundled.stderr)))
    }

    /// A job in a world whose database it reaches through `port`, as the role that `admit` has made; none where
    /// there is no such job.
    pub async fn program(&self, job: &'static str, world: &World, port: u16) -> Option<Program> {
        if !JOBS.contains(&job) {
            return None;
        }
        let client = self.packages.home.join("node_modules/aws-lambda-ric/bin/index.mjs");
        let handler = self.bundles().join(format!("{job}.handler"));
        let mut secret = world.secret(port);
        secret["database_url"] = json!(format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{}", world.database));
        let secret_id = world.put_secret(&secret).await;
        Some(Program::new(job, [self.packages.node.clone(), client, handler]).told_of(world, &secret_id))
    }

    fn bundles(&self) -> PathBuf {
        self.packages.home.join("bundles")
    }
}

/// Makes the jobs' role on the world's server; the pooler knows it already.
pub async fn admit(world: &World) {
    world.sql(include_str!("../baseline-node/role.sql")).await;
    world.sql(&format!("alter role {ROLE} password '{PASSWORD}'")).await;
}
