//! Three jobs in Node (`baseline-node/`) for the bench to measure ours beside: on Lambda's runtime client, with `pg`.

pub mod install;

use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::{baseline::install::FOLDER, lambda::Program};
use testkit::{World, environment, programs::Packages};

/// The login role of the usual way, which reads and writes the tables itself.
pub const ROLE: &str = "web_app";
/// For databases that live on this machine and nowhere else.
pub const PASSWORD: &str = "local-web-app-password";

/// ES modules have no `require`, and some of the packages call it.
const REQUIRE: &str = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/// How the jobs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Several queries in a transaction.
    Usual,
    /// One round trip to our SQL function.
    Best,
}

impl Way {
    pub const ALL: [Self; 2] = [Self::Usual, Self::Best];

    pub fn title(self) -> &'static str {
        match self {
            Self::Usual => "Node, usual",
            Self::Best => "Node, best",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Best => "best",
        }
    }
}

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
        let jobs = ["sync-user", "admin-users", "usage"];
        let files = Way::ALL.into_iter().flat_map(|way| jobs.map(|job| format!("{}/{job}.mjs", way.folder())));
        bundle
            .args(files.map(|file| checkout.join(FOLDER).join(file)))
            .args(["--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm"])
            .args(["--main-fields=module,main", "--out-extension:.js=.mjs", "--log-level=error"])
            .arg(format!("--banner:js={REQUIRE}"))
            .arg(format!("--outbase={}", checkout.join(FOLDER).display()))
            .arg(format!("--outdir={}", baseline.bundles().display()))
            .env("NODE_PATH", baseline.packages.home.join("node_modules"))
            .kill_on_drop(true);
        let bundled = bundle.output().await.context("running esbuild")?;
        if bundled.status.success() {
            return Ok(baseline);
        }
        Err(anyhow!("esbuild failed: {}", String::from_utf8_lossy(&bundled.stderr)))
    }

    /// A job in a world whose database it reaches through `port`. It is named as the function that does the same.
    pub async fn program(&self, way: Way, job: &'static str, world: &World, port: u16) -> Program {
        let client = self.packages.home.join("node_modules/aws-lambda-ric/bin/index.mjs");
        let handler = self.bundles().join(way.folder()).join(format!("{job}.handler"));
        let mut secret = world.secret(port);
        if way == Way::Usual {
            secret["database_url"] = json!(format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{}", world.database));
        }
        let secret_id = world.put_secret(&secret).await;
        Program::new(job, [self.packages.node.clone(), client, handler]).with(environment(world.config(&secret_id)))
    }

    fn bundles(&self) -> PathBuf {
        self.packages.home.join("bundles")
    }
}

/// Makes the usual way's role on the world's server; the pooler knows it already.
pub async fn create_role(world: &World) {
    world.sql(include_str!("../baseline-node/role.sql")).await;
    world.sql(&format!("alter role {ROLE} password '{PASSWORD}'")).await;
}
