//! The SQL files of the project: which there are, in which order they are applied, and the name of the release that
//! their functions make.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Where the scripts of releases lie.
pub const RECORDED: &str = "migrations/releases";

/// How many digits of the hash name a release.
const RELEASE_DIGITS: usize = 12;

/// A file, by its path below `migrations/` or, for functions of a release, below the checkout.
#[derive(Clone, Debug)]
pub struct SqlFile {
    pub name: String,
    pub text: String,
}

/// The functions of a release, and the schema that is named after them.
#[derive(Clone, Debug)]
pub struct Release {
    pub schema: String,
    pub files: Vec<SqlFile>,
}

/// All SQL of a checkout.
#[derive(Clone, Debug)]
pub struct Sources {
    /// `migrations/<number>_<name>.sql`: applied once each, in this order, and never edited afterwards.
    pub migrations: Vec<SqlFile>,
    /// `migrations/functions/`: what tables and migrations call. Replaced when they change.
    pub functions: Vec<SqlFile>,
    /// `migrations/repeatable/`: settings and views. Run again when they change.
    pub repeatable: Vec<SqlFile>,
    /// `shared/sql/` and `functions/*/src/*.sql`: endpoints and what they call, together in one schema.
    pub release: Release,
}

impl Sources {
    /// Reads the files of a checkout.
    pub fn read(checkout: &Path) -> io::Result<Self> {
        let folder = checkout.join("migrations");
        let below = |name: &str| files(&folder, &sql_files(&folder.join(name))?);
        Ok(Self {
            migrations: files(&folder, &directly_in(&folder)?)?,
            functions: below("functions")?,
            repeatable: below("repeatable")?,
            release: Release::read(checkout)?,
        })
    }

    /// The paths of all files below the checkout.
    pub fn paths(&self) -> Vec<String> {
        let ours = self.migrations.iter().chain(&self.functions).chain(&self.repeatable);
        let ours = ours.map(|file| format!("migrations/{}", file.name));
        ours.chain(self.release.files.iter().map(|file| file.name.clone())).collect()
    }
}

impl Release {
    /// The release of a checkout.
    pub fn read(checkout: &Path) -> io::Result<Self> {
        let mut paths = sql_files(&checkout.join("shared/sql"))?;
        for function in entries(&checkout.join("functions"))? {
            paths.extend(sql_files(&function.join("src"))?);
        }
        Ok(Self::new(files(checkout, &paths)?))
    }

    /// A release of these files, in the order in which they are run.
    pub fn new(files: Vec<SqlFile>) -> Self {
        let digest = sha256(files.iter().flat_map(|file| [&*file.name, "\0", &*file.text, "\0"]));
        Self { schema: format!("release_{}", &digest[..RELEASE_DIGITS]), files }
    }

    /// All files as one text, each under its name.
    pub fn text(&self) -> String {
        self.files.iter().map(|file| format!("-- {}\n\n{}\n", file.name, file.text)).collect::<Vec<_>>().join("\n")
    }
}

impl SqlFile {
    /// The digest of the text, in hexadecimal digits.
    pub fn sha256(&self) -> String {
        sha256([&*self.text])
    }
}

fn sha256<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("a String takes everything");
        digits
    })
}

/// Reads these files. Line ends are those of Unix, so that every checkout has the same hashes.
fn files(root: &Path, paths: &[PathBuf]) -> io::Result<Vec<SqlFile>> {
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        Ok(SqlFile { name, text: fs::read_to_string(path)?.replace("\r\n", "\n").trim_end().to_owned() })
    };
    paths.iter().map(read).collect()
}

/// The SQL files of a folder and of the folders in it, by path.
fn sql_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(sql_files(&path)?);
        } else if is_sql(&path) {
            files.push(path);
        }
    }
    Ok(files)
}

fn directly_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_file() && is_sql(path)).collect())
}

fn is_sql(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "sql")
}

/// The scripts of the releases that migrations must not break, oldest first, such as `002_release_0123456789ab.sql`.
/// `make release` makes them, each with the record of its calls beside it.
pub fn recorded(checkout: &Path) -> io::Result<Vec<PathBuf>> {
    directly_in(&checkout.join(RECORDED))
}

/// What lies in a folder, sorted by name.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| io::Error::other(format!("{}: {error}", folder.display())))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
