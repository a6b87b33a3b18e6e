//! What several of these tests read: the files of the checkout, the operations of the contract, their examples.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

pub mod clients;
pub mod fixtures;
pub mod variants;

use std::{collections::BTreeMap, fs};

use contract::openapi;
use ops::schema;
use serde_json::Value;
use shared::{app::Routes, http::routes::Operation};

/// Every operation of the contract: method, path, and what it says.
pub fn published() -> Vec<(String, String, Value)> {
    let document = openapi::document().unwrap();
    let mut published = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            published.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    published
}

/// Every operation, with the name of its function.
pub fn operations() -> Vec<(&'static str, Operation)> {
    let of =
        |(name, routes): (_, Routes)| routes.operations().iter().cloned().map(|one| (name, one)).collect::<Vec<_>>();
    openapi::functions().into_iter().flat_map(of).collect()
}

/// Such as `GET /api/auth/me`.
pub fn route(operation: &Operation) -> String {
    format!("{} {}", openapi::method(operation).unwrap().to_uppercase(), operation.path)
}

/// The text of each file, by its path from the root. Of a file that is not text only its place counts.
pub struct Sources(pub BTreeMap<String, String>);

impl Sources {
    /// What stands under these folders of the checkout; nothing that a tool has put there.
    pub fn of_the_checkout(folders: &[&str]) -> Self {
        let (mut files, mut ahead) = (BTreeMap::new(), folders.iter().map(ToString::to_string).collect::<Vec<_>>());
        while let Some(folder) = ahead.pop() {
            for entry in fs::read_dir(schema::checkout().join(&folder)).unwrap().map(Result::unwrap) {
                let name = entry.file_name().into_string().unwrap();
                let path = format!("{folder}/{name}");
                if entry.file_type().unwrap().is_file() {
                    files.insert(path, fs::read_to_string(entry.path()).unwrap_or_default());
                } else if !name.starts_with('.') && !["node_modules", "target", "__pycache__"].contains(&&*name) {
                    ahead.push(path);
                }
            }
        }
        Self(files)
    }

    /// A made-up tree.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// The files whose names end so.
    pub fn ending(&self, endings: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        let named = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending));
        self.0.iter().filter(move |(path, _)| named(path)).map(|(path, text)| (path.as_str(), text.as_str()))
    }
}
