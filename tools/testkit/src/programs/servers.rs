//! PostgreSQL and PgBouncer: the machine's own. A missing one is installed by the package manager (as root, on Debian and
//! Ubuntu), or the error says how to install it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use ops::progress::step;

use super::machine;

/// The programs of one package.
#[derive(Clone, Debug)]
pub struct Kit {
    pub bin: PathBuf,
    /// Such as `[15, 18]`.
    pub version: [u32; 2],
}

impl Kit {
    pub fn command(&self, program: &str) -> Command {
        Command::new(self.bin.join(program))
    }
}

const OLDEST_POSTGRES: [u32; 2] = [14, 0];
const OLDEST_PGBOUNCER: [u32; 2] = [1, 18];

/// Finds both, or installs what is missing. The error says how to install it by hand.
pub async fn find_or_install() -> Result<(Kit, Kit)> {
    if let (Some(postgres), Some(pgbouncer)) = (postgres().await, pgbouncer().await) {
        return Ok((postgres, pgbouncer));
    }
    install(&["postgresql", "pgbouncer"]).await?;
    let (Some(postgres), Some(pgbouncer)) = (postgres().await, pgbouncer().await) else {
        bail!("PostgreSQL 14 and PgBouncer 1.18 are needed, and the packages of this system are older");
    };
    Ok((postgres, pgbouncer))
}

/// Tries to install `plpgsql_check`, which checks the types in PL/pgSQL, and prints why if that fails.
pub async fn find_plpgsql_check(postgres: &Kit) {
    let mut pg_config = postgres.command("pg_config");
    let folder = machine::output(pg_config.arg("--sharedir")).await.unwrap_or_default();
    let control = Path::new(folder.trim()).join("extension/plpgsql_check.control");
    // What is not Debian's would not find what Debian's package brings.
    if !control.exists()
        && postgres.bin.starts_with("/usr/lib/postgresql")
        && let Err(why) = install(&[&format!("postgresql-{}-plpgsql-check", postgres.version[0])]).await
    {
        step(&format!("plpgsql_check could not be installed: {why:#}"));
    }
    if !control.exists() {
        step("the types in PL/pgSQL are NOT checked: this PostgreSQL has no plpgsql_check");
    }
}

/// Installs packages of Debian or Ubuntu; elsewhere the error says how to.
async fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let has = |program| !machine::on_path(program).is_empty();
    if !has("apt-get") {
        let how = if has("brew") { format!("brew install {list}") } else { format!("install the packages {list}") };
        bail!("missing on this machine: `{how}`, then try again");
    }
    // Only in a container or in CI: nothing is installed unasked on a person's machine.
    let is_ci = machine::variable("CI").is_some_and(|ci| ci == "true");
    let is_root = nix::unistd::geteuid().is_root();
    let apt_get: &[&str] = if is_root && (is_ci || is_container()) {
        &["apt-get"]
    } else if is_ci {
        &["sudo", "--non-interactive", "apt-get"]
    } else {
        bail!("missing on this machine: `sudo apt-get install --no-install-recommends {list}`, then try again");
    };
    step(&format!("installing {list} (apt-get, once)"));
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new(apt_get[0]);
        command.args(&apt_get[1..]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    machine::output(&mut apt_get(&["update", "--quiet"])).await?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    machine::output(apt_get(&install).args(packages)).await.map(drop)
}

fn is_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists())
        || machine::variable("container").is_some()
}

async fn pgbouncer() -> Option<Kit> {
    let program = machine::on_path("pgbouncer").into_iter().next()?;
    kit(program.parent()?.to_owned(), "pgbouncer", OLDEST_PGBOUNCER).await
}

/// The machine's PostgreSQL: the one on the PATH, which somebody chose, else the newest.
pub async fn postgres() -> Option<Kit> {
    let on_path = machine::on_path("postgres").into_iter().filter_map(|program| program.canonicalize().ok());
    let on_path = on_path.filter_map(|program| program.parent().map(Path::to_owned));
    for bin in on_path.chain(installed()) {
        if let Some(kit) = kit(bin, "pg_ctl", OLDEST_POSTGRES).await {
            return Some(kit);
        }
    }
    None
}

/// Where packages for Debian, Red Hat and macOS put the programs; none of these folders is on the PATH. The newest of a
/// place comes first.
fn installed() -> impl Iterator<Item = PathBuf> {
    let places = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
        ("/Applications/Postgres.app/Contents/Versions", ""),
    ];
    let found = places.map(|(parent, start)| machine::beginning_with(parent.as_ref(), start));
    found.into_iter().flat_map(|place| place.into_iter().rev()).map(|folder| folder.join("bin"))
}

async fn kit(bin: PathBuf, program: &str, oldest: [u32; 2]) -> Option<Kit> {
    let kit = Kit { bin, version: [0, 0] };
    let version = machine::version(kit.command(program)).await.filter(|found| *found >= oldest)?;
    Some(Kit { version, ..kit })
}
