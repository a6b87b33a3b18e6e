//! Finds `plpgsql_check`, which checks the types in PL/pgSQL: Debian's package, unpacked inside the checkout.

use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Kit, debian, machine};
use ops::progress::step;

/// The extension for one PostgreSQL, which need not have it installed.
#[derive(Clone, Debug)]
pub struct PlpgsqlCheck {
    /// What the server loads.
    pub library: PathBuf,
    script: PathBuf,
}

impl PlpgsqlCheck {
    /// Makes its functions, in a schema `plpgsql_check`, with the library at `place`. (`create extension` would
    /// look for it among the server's own files.)
    ///
    /// # Errors
    /// When the package is not what it was.
    pub fn script(&self, place: &Path) -> Result<String> {
        let text = fs::read_to_string(&self.script).context(format!("reading {}", self.script.display()))?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("\\echo")).collect();
        let functions = lines.join("\n").replace("MODULE_PATHNAME", &place.display().to_string());
        Ok(format!(
            "create schema plpgsql_check; set search_path = plpgsql_check;\n{}\nreset search_path;",
            functions.replace("@extschema@", "plpgsql_check")
        ))
    }
}

/// None where Debian has none for this PostgreSQL, which one line then says.
pub async fn find_or_unpack(home: &Path, postgres: &Kit) -> Option<PlpgsqlCheck> {
    let found = match in_place(home, postgres) {
        Some(found) => Ok(found),
        None => unpack(home, postgres).await,
    };
    found.inspect_err(|why| step(&format!("the functions' types are NOT checked, without plpgsql_check: {why}"))).ok()
}

fn in_place(home: &Path, postgres: &Kit) -> Option<PlpgsqlCheck> {
    let (root, major) = (root(home, postgres), postgres.version[0]);
    let script =
        machine::folders(&root.join(format!("usr/share/postgresql/{major}/extension")), "plpgsql_check--").pop()?;
    let library = root.join(format!("usr/lib/postgresql/{major}/lib/plpgsql_check.so"));
    library.exists().then_some(PlpgsqlCheck { library, script })
}

fn root(home: &Path, postgres: &Kit) -> PathBuf {
    home.join(format!("plpgsql_check-{}", postgres.version[0]))
}

async fn unpack(home: &Path, postgres: &Kit) -> Result<PlpgsqlCheck> {
    if machine::on_path("apt-get").is_empty() || postgres.bundle.is_some() {
        bail!("only Debian has a package of it, for its own PostgreSQL");
    }
    let package = format!("postgresql-{}-plpgsql-check", postgres.version[0]);
    debian::ensure_lists().await?;
    if !debian::knows(&package).await? {
        bail!("apt knows no package `{package}`");
    }
    step("unpacking plpgsql_check into .local/tools (once)");
    let root = root(home, postgres);
    let debs = root.with_extension("debs");
    debian::empty([root.as_path(), &debs])?;
    debian::unpack([package], &debs, &root).await?;
    fs::remove_dir_all(&debs)?;
    in_place(home, postgres).ok_or_else(|| anyhow!("the package holds no plpgsql_check"))
}
