//! Metadata: whatever an administrator wants to remember of something, within bounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MAX_BYTES: usize = 16 * 1024;
const MAX_DEPTH: usize = 16;

/// A JSON object of at most 16 KiB and 16 levels. (A whole row's may grow to 24 KiB by changes.)
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Map<String, Value>")]
#[schemars(with = "Map<String, Value>")]
pub struct Metadata(Map<String, Value>);

impl TryFrom<Map<String, Value>> for Metadata {
    type Error = &'static str;

    fn try_from(members: Map<String, Value>) -> Result<Self, &'static str> {
        if members.values().any(|member| is_deeper_than(member, MAX_DEPTH - 1)) {
            return Err("must not be deeper than 16 levels");
        }
        match serde_json::to_vec(&members) {
            Ok(text) if text.len() <= MAX_BYTES => Ok(Self(members)),
            _ => Err("must not hold more than 16 KiB"),
        }
    }
}

fn is_deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(|item| is_deeper_than(item, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| is_deeper_than(member, levels - 1)),
        _ => false,
    }
}
