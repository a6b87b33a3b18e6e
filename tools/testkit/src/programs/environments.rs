//! Python tools, each set in a virtual environment of its own: exactly the wheels that `tools/requirements/<set>.txt`
//! names, checked by hash. `uv` installs them; it is a wheel itself.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use ops::progress::step;

use super::machine;

/// What Hypothesis needs.
const OLDEST_PYTHON: [u32; 2] = [3, 11];

pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Installs the set, unless exactly this list is installed already.
    pub async fn install(checkout: &Path, set: &str) -> Result<Self> {
        let (home, _lock) = machine::lock_tools(checkout)?;
        let environment = Self { folder: home.join(set) };
        let list = checkout.join(format!("tools/requirements/{set}.txt"));
        if machine::is_installed(&list, &environment.folder)? {
            return Ok(environment);
        }
        step(&format!("installing the Python tools of tools/requirements/{set}.txt into .local/tools (once)"));
        let uv = uv(checkout, &home).await?;
        // Relocatable: a checkout may move.
        let mut venv = Command::new(&uv);
        venv.args(["venv", "--quiet", "--clear", "--relocatable", "--no-python-downloads", "--python"])
            .arg(find_python().await?);
        machine::output(venv.arg(&environment.folder)).await.context("making a virtual environment")?;
        let mut sync = Command::new(&uv);
        sync.args(["pip", "sync", "--quiet", "--no-build", "--require-hashes", "--python"])
            .arg(environment.program("python3"));
        // uv does not read pip's settings, which may name a mirror.
        let pip = home.join("uv/bin/python3");
        for setting in [":env:.index-url", "global.index-url"] {
            if let Ok(mirror) = machine::output(Command::new(&pip).args(["-m", "pip", "config", "get", setting])).await
            {
                sync.env("UV_DEFAULT_INDEX", mirror.trim());
                break;
            }
        }
        sync.env("UV_SYSTEM_CERTS", "true").env("UV_PYTHON_DOWNLOADS", "never");
        machine::output(sync.arg(&list)).await.with_context(|| format!("installing tools/requirements/{set}.txt"))?;
        machine::remember(&list, &environment.folder)?;
        Ok(environment)
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    pub fn packages(&self) -> Result<PathBuf> {
        let found = machine::beginning_with(&self.folder.join("lib"), "python3").pop();
        found
            .map(|python| python.join("site-packages"))
            .with_context(|| format!("{} has no lib/python3*; delete it and try again", self.folder.display()))
    }
}

/// Installs `uv` itself, by Python's own pip.
async fn uv(checkout: &Path, home: &Path) -> Result<PathBuf> {
    let (list, folder) = (checkout.join("tools/requirements/uv.txt"), home.join("uv"));
    let uv = folder.join("bin/uv");
    if machine::is_installed(&list, &folder)? {
        return Ok(uv);
    }
    let python = find_python().await?;
    let mut venv = Command::new(&python);
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    let hint = "on Debian and Ubuntu it takes `sudo apt-get install python3-venv`";
    machine::output(&mut venv)
        .await
        .with_context(|| format!("{} cannot make a virtual environment; {hint}", python.display()))?;
    let mut pip = Command::new(folder.join("bin/python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    pip.args(["--require-hashes", "-r"]);
    machine::output(pip.arg(&list)).await.context("installing uv")?;
    machine::remember(&list, &folder)?;
    Ok(uv)
}

async fn find_python() -> Result<PathBuf> {
    let names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
    for candidate in names.into_iter().flat_map(machine::on_path) {
        if machine::version(Command::new(&candidate)).await.is_some_and(|found| found >= OLDEST_PYTHON) {
            return Ok(candidate);
        }
    }
    bail!("no Python 3.11 or newer on the PATH; the local stack needs it for its tools")
}
