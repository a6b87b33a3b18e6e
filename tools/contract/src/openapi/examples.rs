//! One example for each operation. They are true: a test sends each to the real function, in a world where it is
//! so, and compares the answer.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

/// By function, then by operation.
const FILES: [&str; 6] = [
    include_str!("../../../../functions/sync-user/examples.yaml"),
    include_str!("../../../../functions/admin-users/examples.yaml"),
    include_str!("../../../../functions/assign-cluster/examples.yaml"),
    include_str!("../../../../functions/team/examples.yaml"),
    include_str!("../../../../functions/credits/examples.yaml"),
    include_str!("../../../../functions/usage/examples.yaml"),
];

/// A request with its answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Example {
    /// The variable part of the path, by its name.
    pub path: Map<String, Value>,
    pub query: Map<String, Value>,
    /// The body.
    pub request: Option<Value>,
    /// The body of the answer.
    pub answer: Option<Value>,
    /// The same as CSV, where the operation has it.
    pub csv: Option<String>,
}

/// All examples, by operation.
///
/// # Errors
/// When a file is not what it should be.
pub fn read() -> Result<BTreeMap<String, Example>> {
    let mut examples = BTreeMap::new();
    for file in FILES {
        let of_function: BTreeMap<String, Example> = yaml_serde::from_str(file).context("reading an example")?;
        examples.extend(of_function);
    }
    Ok(examples)
}
