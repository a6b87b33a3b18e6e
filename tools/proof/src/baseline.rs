//! Two jobs in Node (`baseline-node/`) for the bench to measure ours beside: on Lambda's runtime client, with `pg`.

use anyhow::{Context, Result};
use std::env;

use serde_json::json;

use crate::lambda::Program;
use ops::{admin_db::AdminDb, progress::step, schema::checkout};
use testkit::{
    World, environment,
    programs::{self, Environment, Packages},
    stack::Stack,
};

/// How the jobs are written, each in its folder: several queries in a transaction, and one round trip to our SQL
/// function.
pub const WAYS: [&str; 2] = ["usual", "best"];

/// The login role of the usual way, which reads and writes the tables itself.
const ROLE: &str = "web_app";
/// For databases that live on this machine and nowhere else.
const PASSWORD: &str = "local-web-app-password";

const FOLDER: &str = "tools/proof/baseline-node";
/// What Lambda's images for Node run.
const CLIENT: &str = "node_modules/aws-lambda-ric/index.mjs";

/// ES modules have no `require`, and some of the packages call it.
const REQUIRE: &str = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/// The jobs, ready to be started.
pub struct Baseline(Packages);

impl Baseline {
    /// Installs what the jobs need and bundles each into one minified file, as it would be deployed. Makes the usual
    /// way's role on the server and in the pooler.
    pub async fn prepare(stack: &mut Stack) -> Result<Self> {
        let packages = Packages::find_or_install(&checkout(), FOLDER).await?;
        build_runtime_client(&packages).await?;
        let mut bundle = packages.command("esbuild");
        bundle
            .args(WAYS.iter().flat_map(|way| ["sync-user", "admin-users"].map(|job| format!("{way}/{job}.mjs"))))
            .args(["--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm"])
            .args(["--main-fields=module,main", "--out-extension:.js=.mjs", "--log-level=error"])
            .arg(format!("--banner:js={REQUIRE}"))
            .arg(format!("--outdir={}", packages.home.join("bundles").display()))
            .env("NODE_PATH", packages.home.join("node_modules"))
            .current_dir(checkout().join(FOLDER));
        programs::output(&mut bundle).await.context("bundling the jobs in Node")?;
        // As for `api`: the triggers' estimates would have every entry of the ledger compiled for 0.2 s.
        // Logins are counted in a table of ours.
        let role = format!("create role {ROLE} login password '{PASSWORD}' in role service_role, app_owner");
        let mut admin = AdminDb::connect(&stack.address.direct_url("postgres")).await?;
        admin
            .run(&format!("{role}; alter role {ROLE} set jit = 'off'; alter role {ROLE} set search_path = public, app"))
            .await?;
        stack.pgbouncer.users.insert(ROLE.to_owned(), PASSWORD.to_owned());
        stack.pgbouncer.restart().await?;
        Ok(Self(packages))
    }

    /// A job in a world whose database it reaches through `port`. It is named as the function that does the same.
    pub async fn program(&self, way: &str, job: &'static str, world: &World, port: u16) -> Program {
        let Packages { node, home } = &self.0;
        let mut secret = world.secret(port);
        if way == "usual" {
            secret["database_url"] = json!(format!("postgres://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{}", world.database));
        }
        let secret_id = world.put_secret(&secret).await;
        Program::new(job, [node.clone(), home.join(CLIENT)])
            .with(environment(world.config(&secret_id)))
            .with([("LAMBDA_TASK_ROOT", home.join("bundles").join(way).display().to_string())])
            .with([("_HANDLER", format!("{job}.handler")), ("RELEASE_SCHEMA", world.release.clone())])
    }
}

/// Lets the runtime client's own scripts build what is native in it, unless that has been done since npm installed it.
async fn build_runtime_client(packages: &Packages) -> Result<()> {
    if packages.home.join(CLIENT).with_file_name("rapid-client.node").exists() {
        return Ok(());
    }
    let cmake = Environment::install(&checkout(), "baseline-node").await?.program("cmake");
    let path = programs::variable("PATH").unwrap_or_default();
    let folders = [&cmake, &packages.node].into_iter().filter_map(|program| Some(program.parent()?.to_owned()));
    step("building Lambda's runtime client for Node (once, about a minute)");
    let mut build = packages.npm()?;
    build
        .args(["rebuild", "aws-lambda-ric"])
        .env("npm_config_nodedir", programs::node_headers(&packages.node, &checkout()).await?)
        .env("PATH", env::join_paths(folders.chain(env::split_paths(&path)))?)
        .current_dir(&packages.home);
    let doing = "building Lambda's runtime client for Node, which takes Linux, a C++ compiler and make";
    programs::output(&mut build).await.map(drop).context(doing)
}
