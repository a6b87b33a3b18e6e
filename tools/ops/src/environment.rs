//! What `make dev` tells the other commands: folders, fixed names, and `.local/env`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
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
        fs::write(file, text).context(format!("writing {}", file.display()))
    }
}

fn unquoted(value: &str) -> String {
    value.trim_matches('\'').replace(r"'\''", "'")
}
