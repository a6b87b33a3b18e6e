//! Tables and functions as one script: migrations in order, then every SQL function, then the grants.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The checkout that this program was built from.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies in tools/").to_path_buf()
}

/// The whole schema in one transaction that can be run again and again, for 5432 or for a SQL editor.
pub fn script() -> Result<String> {
    let root = checkout();
    let mut script = String::from(
        "-- The whole schema of the back office, made by `make schema`. It can be run again and again.\n\n\
         begin;\n\
         -- One migration at a time; function bodies may name each other in any order.\n\
         select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('app.migrate'));\n\
         set local check_function_bodies = off;\n\
         set local client_min_messages = warning;\n\
         -- Fail, and be run again, rather than hold up every login behind one long query.\n\
         set local lock_timeout = '5s';\n\
         -- Nor hold locks for long.\n\
         set local statement_timeout = '5min';\n",
    );
    for file in files(&root)? {
        let name = file.strip_prefix(&root).unwrap_or(&file).display();
        let text = fs::read_to_string(&file).context(format!("reading {name}"))?;
        write!(script, "\n-- {name}\n\n{}\n", text.trim_end()).expect("a String takes everything");
    }
    script.push_str("\ncommit;\n");
    Ok(script)
}

/// Every SQL file in the order in which it is applied.
pub fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = sql_files(&root.join("migrations"))?;
    files.retain(|file| !file.ends_with("grants.sql"));
    files.extend(sql_files(&root.join("shared/sql"))?);
    for function in sorted(&root.join("functions"))? {
        files.extend(sql_files(&function.join("src"))?);
    }
    files.push(root.join("migrations/grants.sql"));
    Ok(files)
}

/// The SQL files of a folder and of the folders in it, by name.
fn sql_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in sorted(folder)? {
        if path.is_dir() {
            files.extend(sql_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(files)
}

/// What lies in a folder, sorted by name.
pub fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).context(format!("reading {}", folder.display()))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}
