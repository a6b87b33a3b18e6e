//! Installs pinned Python wheels into a virtual environment inside the checkout.

use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine;
use ops::progress::step;

/// moto and the PostgreSQL wheel ask for it.
const OLDEST_PYTHON: [u32; 2] = [3, 10];

/// A virtual environment in `.local/tools`.
pub struct Wheels {
    venv: PathBuf,
    /// The folder of the `requirements*.txt`.
    lists: PathBuf,
}

impl Wheels {
    pub fn new(checkout: &Path, home: &Path) -> Self {
        Self::apart(checkout, home, "venv")
    }

    /// An environment of its own, for what pins other versions of the same wheels.
    pub fn apart(checkout: &Path, home: &Path, name: &str) -> Self {
        Self { venv: home.join(name), lists: checkout.join("tools/requirements") }
    }

    /// Installs the wheels of a list unless exactly this list is installed already.
    ///
    /// # Errors
    /// When there is no Python or pip fails.
    pub async fn require(&self, list: &str, what: &str) -> Result<()> {
        let path = self.lists.join(list);
        let wanted = fs::read_to_string(&path).context(format!("reading {}", path.display()))?;
        // Scripts hold the absolute path of the environment: a checkout that moved starts over.
        let stamp = format!("# {}\n{wanted}", self.venv.display());
        let stamp_path = self.venv.join(format!("installed-{list}"));
        let current = self.python().exists();
        if current && fs::read_to_string(&stamp_path).is_ok_and(|installed| installed == stamp) {
            return Ok(());
        }
        step(&format!("installing {what} into .local/tools (once, about a minute)"));
        if !current || self.has_moved() {
            self.create().await?;
        }
        let mut pip = Command::new(self.python());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement"])
            .arg(&path);
        machine::output(&mut pip).await.context(format!("installing the wheels of tools/requirements/{list}"))?;
        fs::write(&stamp_path, stamp).context(format!("writing {}", stamp_path.display()))
    }

    /// A program that a wheel has installed.
    pub fn script(&self, name: &str) -> PathBuf {
        self.venv.join("bin").join(name)
    }

    /// The environment's `site-packages`.
    ///
    /// # Errors
    /// When the environment is not what `venv` makes.
    pub fn packages(&self) -> Result<PathBuf> {
        let found = machine::folders(&self.venv.join("lib"), "python3").pop();
        found
            .map(|python| python.join("site-packages"))
            .ok_or_else(|| anyhow!("{} has no lib/python3*; delete it and try again", self.venv.display()))
    }

    fn python(&self) -> PathBuf {
        self.script("python3")
    }

    fn has_moved(&self) -> bool {
        let stamps = machine::folders(&self.venv, "installed-");
        let here = format!("# {}\n", self.venv.display());
        stamps.iter().any(|stamp| fs::read_to_string(stamp).is_ok_and(|text| !text.starts_with(&here)))
    }

    async fn create(&self) -> Result<()> {
        if self.venv.exists() {
            fs::remove_dir_all(&self.venv).context(format!("deleting {}", self.venv.display()))?;
        }
        let python = find_python().await?;
        let made = machine::output(Command::new(&python).args(["-m", "venv"]).arg(&self.venv)).await;
        if made.is_err() {
            // A half-made environment would pass for a whole one.
            let _ = fs::remove_dir_all(&self.venv);
        }
        made.map(drop).map_err(|error| {
            let hint = "on Debian and Ubuntu it takes `sudo apt-get install python3-venv`";
            anyhow!("{} cannot make a virtual environment; {hint} ({error})", python.display())
        })
    }
}

async fn find_python() -> Result<PathBuf> {
    let names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
    for candidate in names.into_iter().flat_map(machine::on_path) {
        if machine::version(Command::new(&candidate)).await.is_some_and(|found| found >= OLDEST_PYTHON) {
            return Ok(candidate);
        }
    }
    Err(anyhow!("no Python 3.10 or newer on the PATH; the local stack needs it for its tools"))
}
