//! Builds the console, when its sources have changed.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use ops::progress::step;
use testkit::programs::{self, CLIENT, Packages};

/// What it is made from, below `client/`.
const SOURCES: [&str; 5] = ["console", "package-lock.json", "package.json", "src", "tsconfig.json"];

/// The folder of the built files. Vite works on a copy: packages are not installed beside the sources.
pub async fn build(checkout: &Path) -> Result<PathBuf> {
    let packages = Packages::find_or_install(checkout, CLIENT).await?;
    let home = packages.home.join("console");
    let (built, copy, list) = (home.join("built"), home.join("sources"), home.join("built.txt"));
    let client = checkout.join(CLIENT);
    let mut sources = Vec::new();
    for name in SOURCES {
        collect(&client, &client.join(name), &mut sources)?;
    }
    let mut hasher = DefaultHasher::new();
    sources.hash(&mut hasher);
    let hash = hasher.finish().to_string();
    if fs::read_to_string(&list).is_ok_and(|known| known == hash) {
        return Ok(built);
    }
    step("building the console");
    // It may never have been there.
    let _ = fs::remove_dir_all(&copy);
    write(&copy, sources)?;
    let mut vite = packages.command("vite");
    vite.args(["build", "--logLevel", "warn", "--emptyOutDir", "--outDir"]).arg(&built);
    programs::run(vite.current_dir(copy.join("console"))).await.context("the console does not build")?;
    fs::write(&list, hash).with_context(|| format!("writing {}", list.display()))?;
    Ok(built)
}

/// What the console's tests are run with.
pub struct Tools {
    pub node: PathBuf,
    /// A copy of them, where Node finds their packages; beside the sources that were built last.
    pub tests: PathBuf,
}

pub async fn tools(checkout: &Path) -> Result<Tools> {
    let Packages { node, home } = Packages::find_or_install(checkout, CLIENT).await?;
    let tests = home.join("console/sources/console/tests");
    let _ = fs::remove_dir_all(&tests);
    fs::create_dir_all(&tests).with_context(|| format!("creating {}", tests.display()))?;
    for file in migrations::entries(&checkout.join(CLIENT).join("console/tests"))? {
        let copy = tests.join(file.file_name().unwrap_or_default());
        fs::copy(&file, &copy).with_context(|| format!("writing {}", copy.display()))?;
    }
    Ok(Tools { node, tests })
}

/// Files by their paths, with what they hold.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// Writes them below a folder.
pub fn write(folder: &Path, files: Files) -> Result<()> {
    for (path, content) in files {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().context("a file without a folder")?)?;
        fs::write(&file, content).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// A file, or all files of a folder, but for its tests: by their paths below `root`.
pub fn collect(root: &Path, path: &Path, found: &mut Files) -> Result<()> {
    if !path.is_dir() {
        let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        found.push((path.strip_prefix(root)?.to_owned(), content));
        return Ok(());
    }
    let entries = migrations::entries(path)?;
    entries.iter().filter(|entry| !entry.ends_with("tests")).try_for_each(|entry| collect(root, entry, found))
}
