//! What `make dev` tells the other commands: folders, fixed names, and `.local/env`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, DirBuilder, OpenOptions, Permissions},
    io::Write as _,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};

use crate::schema;

pub const AUDIENCE: &str = "https://api.back-office.local";
pub const CLAIMS_NAMESPACE: &str = "https://app.back-office.local";
pub const SECRET_ID: &str = "back-office/app";

/// The folder of one stack inside the checkout.
pub fn home(stack: &str) -> PathBuf {
    schema::checkout().join(".local").join(stack)
}

/// The local issuer's key: `make token` signs with it while `make dev` publishes it.
pub fn issuer_key_file() -> PathBuf {
    home("issuer-key.pem")
}

/// Makes a folder below `.local`, which only our own account can enter: tokens, keys and passwords lie there.
pub fn make_folder(folder: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).create(folder).with_context(|| format!("creating {}", folder.display()))?;
    let local = home("");
    // An older one may be open to all.
    fs::set_permissions(&local, Permissions::from_mode(0o700)).with_context(|| format!("closing {}", local.display()))
}

/// Writes a file that only our own account can read.
pub fn write_secret(file: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    let written = opened.and_then(|mut opened| {
        // An older one may be open to all, and keeps its mode when it is written again.
        opened.set_permissions(Permissions::from_mode(0o600))?;
        opened.write_all(text.as_bytes())
    });
    written.with_context(|| format!("writing {}", file.display()))
}

/// Secrets Manager's emulator takes any credentials, but the SDK wants some and must not look for real ones.
pub fn emulator_credentials() -> [(&'static str, &'static str); 4] {
    [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
}

/// The direct address: the given one, or that of the running `make dev`.
pub fn direct_url(given: Option<String>) -> Result<String> {
    match given.filter(|url| !url.is_empty()) {
        Some(url) => Ok(url),
        None => Environment::read()?.get("DIRECT_URL").map(str::to_owned),
    }
}

/// The variables in `.local/env`, which any shell can read.
#[derive(Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    pub fn file() -> PathBuf {
        home("env")
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub fn get(&self, name: &str) -> Result<&str> {
        let value = self.0.get(name).map(String::as_str);
        value.ok_or_else(|| anyhow!("{name} is not in {}", Self::file().display()))
    }

    pub fn pairs(&self) -> Vec<(&str, String)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
    }

    pub fn read() -> Result<Self> {
        let text = fs::read_to_string(Self::file())
            .map_err(|_| anyhow!("no stack is running here: start one with `make dev`"))?;
        let pairs = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        Ok(Self(pairs.map(|(name, value)| (name.to_owned(), unquoted(value))).collect()))
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        let mut text = String::from("# Written by `make dev`; read it with `. .local/env`.\n");
        for (name, value) in &self.0 {
            writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''")).expect("a String takes everything");
        }
        write_secret(file, &text)
    }
}

fn unquoted(value: &str) -> String {
    value.trim_matches('\'').replace(r"'\''", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_closed_to_others_also_where_an_older_file_was_open() {
        let file = home(&format!("secret-{}", std::process::id()));
        make_folder(file.parent().expect("it has one")).expect("the folder");
        fs::write(&file, "an older and longer text").expect("an older file");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("its mode");
        write_secret(&file, "a key").expect("a secret");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(&home(""))), (0o600, 0o700));
        assert_eq!(fs::read_to_string(&file).expect("our own"), "a key");
        fs::remove_file(&file).expect("our own");
    }
}
