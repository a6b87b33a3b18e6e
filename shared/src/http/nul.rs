//! U+0000, which JSON can write and PostgreSQL's text cannot hold: found in time that grows with the body.

use serde_json::Value;

use crate::error::{Error, Result};

/// Our field names are shorter. A longer one may be a token in the wrong place, so it is not repeated.
pub(crate) const LONGEST_FIELD_NAME: usize = 32;

/// PostgreSQL's text cannot hold U+0000, which JSON can write: as `\u0000`, unless the backslash is itself escaped.
pub(crate) fn holds_nul(bytes: &[u8]) -> bool {
    let mut escapes = bytes.iter().enumerate();
    while let Some((at, _)) = escapes.find(|(_, byte)| **byte == b'\\') {
        if bytes[at..].starts_with(br"\u0000") {
            return true;
        }
        // What is escaped.
        escapes.next();
    }
    false
}

pub(crate) fn refuse_nul(bytes: &[u8]) -> Result<()> {
    match serde_json::from_slice::<Value>(bytes).ok().and_then(|value| path_of_nul(&value)) {
        Some(path) if path.is_empty() => Err(has_nul("body".to_owned())),
        Some(path) => Err(has_nul(path.trim_start_matches('.').to_owned())),
        None => Ok(()),
    }
}

pub(crate) fn has_nul(field: String) -> Error {
    Error::invalid("invalid_body", field, "must not contain the character U+0000")
}

/// The path to the first text with U+0000. It is written on the way back, so that looking takes time in proportion to
/// the body.
fn path_of_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| path_of_nul(item).map(|rest| format!("[{index}]{rest}")))
        }
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let rest = if name.contains('\0') { Some(String::new()) } else { path_of_nul(member) };
            rest.map(|rest| format!(".{}{rest}", shown(name)))
        }),
        _ => None,
    }
}

fn shown(name: &str) -> String {
    if name.len() > LONGEST_FIELD_NAME { "(unknown)".to_owned() } else { name.replace('\0', "\\u0000") }
}
