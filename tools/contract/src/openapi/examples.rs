//! One example for each operation. They are true: a test sends each to the real function, in a world where it is
//! so, and compares the answer.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use ops::schema;
use serde::Deserialize;
use serde_json::{Map, Value};

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

/// All examples, by operation. What the schedule starts has none.
pub fn read() -> Result<BTreeMap<String, Example>> {
    let mut examples = BTreeMap::new();
    for folder in migrations::entries(&schema::checkout().join("functions"))? {
        let file = fs::read_to_string(folder.join("examples.yaml")).unwrap_or_default();
        let of_function: BTreeMap<String, Example> =
            yaml_serde::from_str(&file).context(folder.display().to_string())?;
        examples.extend(of_function);
    }
    Ok(examples)
}
