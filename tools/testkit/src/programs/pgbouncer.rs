//! Finds PgBouncer: the machine's, or Debian's package unpacked inside the checkout.
//!
//! Unpacking needs no root, puts nothing into the system and starts no service.

use anyhow::{Result, anyhow, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Bundle, Kit, debian, machine};
use ops::progress::step;

const OLDEST: [u32; 2] = [1, 18];

pub async fn find_or_install(home: &Path) -> Result<Kit> {
    for bin in machine::on_path("pgbouncer").iter().filter_map(|program| program.parent()) {
        if let Some(kit) =
            check(Kit { bin: bin.to_owned(), version: [0, 0], libraries: Vec::new(), bundle: None }).await
        {
            return Ok(kit);
        }
    }
    let unpacked = home.join("pgbouncer");
    if let Some(kit) = check(kit_at(&unpacked)).await {
        return Ok(kit);
    }
    if cfg!(target_os = "macos") {
        bail!("PgBouncer is missing: `brew install pgbouncer`");
    }
    if machine::on_path("apt-get").is_empty() {
        bail!("PgBouncer 1.18 or newer is missing: install the package `pgbouncer` of your system");
    }
    step("unpacking PgBouncer into .local/tools (once)");
    unpack_all(&unpacked).await.map_err(|error| {
        anyhow!("PgBouncer is missing and could not be unpacked ({error}): `sudo apt-get install pgbouncer`")
    })?;
    let kit = check(kit_at(&unpacked)).await;
    kit.ok_or_else(|| anyhow!("the unpacked PgBouncer does not run here: `sudo apt-get install pgbouncer`"))
}

async fn check(kit: Kit) -> Option<Kit> {
    machine::is_executable(&kit.bin.join("pgbouncer")).then_some(())?;
    let version = machine::version(kit.command("pgbouncer")).await.filter(|found| *found >= OLDEST)?;
    Some(Kit { version, ..kit })
}

fn kit_at(root: &Path) -> Kit {
    // Debian puts shared libraries into usr/lib/<machine>, releases before 12 also into lib/<machine>.
    let places = [root.join("usr/lib"), root.join("lib")];
    let libraries = places
        .iter()
        .flat_map(|place| machine::folders(place, ""))
        .filter(|folder| folder.to_string_lossy().contains("-linux-gnu"))
        .collect();
    let bundle = root.parent().map(|base| Bundle { base: base.to_owned(), folders: vec![root.to_owned()] });
    Kit { bin: root.join("usr/sbin"), version: [0, 0], libraries, bundle }
}

async fn unpack_all(root: &Path) -> Result<()> {
    let debs = root.with_extension("debs");
    debian::empty([root, &debs])?;
    debian::ensure_lists().await?;
    debian::unpack(["pgbouncer".to_owned()], &debs, root).await?;
    if lacks_libraries(root).await? {
        debian::unpack(libraries_not_installed().await?, &debs, root).await?;
    }
    Ok(fs::remove_dir_all(&debs)?)
}

async fn lacks_libraries(root: &Path) -> Result<bool> {
    let linked = machine::output(Command::new("ldd").arg(root.join("usr/sbin/pgbouncer"))).await?;
    Ok(linked.contains("not found"))
}

/// The libraries that PgBouncer depends on, and theirs: their names differ between releases.
async fn libraries_not_installed() -> Result<BTreeSet<String>> {
    let direct = libraries_in(&["depends", "pgbouncer"], &[]).await?;
    let direct: Vec<String> = direct.into_iter().collect();
    let strictly = ["depends", "--recurse", "--important"];
    let all = libraries_in(&strictly, &direct).await?;
    let installed =
        machine::output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status} ${Package}\n"])).await?;
    let installed: BTreeSet<&str> = installed.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
    Ok(all.into_iter().chain(direct).filter(|name| !installed.contains(name.as_str())).collect())
}

/// Packages named `lib…` in apt-cache's lines `  Depends: libevent-2.1-7`.
async fn libraries_in(question: &[&str], packages: &[String]) -> Result<BTreeSet<String>> {
    let answer = machine::output(Command::new("apt-cache").args(question).args(packages)).await?;
    let named = answer.lines().filter_map(|line| line.trim_start_matches([' ', '|']).strip_prefix("Depends: "));
    Ok(named.filter(|name| name.starts_with("lib")).map(str::to_owned).collect())
}
