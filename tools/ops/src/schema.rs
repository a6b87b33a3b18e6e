//! The schema of the database: tables applied once, what they call replaced when it changes, functions by release.

pub mod migrator;
pub mod plan;
pub mod releases;
pub mod whose;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use migrations::Sources;

/// The columns whose values are encrypted: table, the column that names the row, column, and the cipher's name for it.
pub const ENCRYPTED_COLUMNS: [(&str, &str, &str, &str); 3] = [
    ("public.hopsworks_clusters", "id", "api_key", "hopsworks_clusters.api_key"),
    ("public.clusters", "id", "hopsworks_api_key", "clusters.hopsworks_api_key"),
    ("app.usage_collection", "hopsworks_cluster_id", "token", "usage_collection.token"),
];

/// The checkout that this program was built from.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies in tools/").to_path_buf()
}

/// All SQL of this checkout.
pub fn sources() -> Result<Sources> {
    Sources::read(&checkout()).context("reading the SQL files")
}
