//! Pages of a list: newest first, `?limit=` (1 to 200, default 50) and an opaque `?cursor=`.

use chrono::{DateTime, Datelike, Utc};
use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PageQuery {
    limit: Limit,
    cursor: Option<String>,
}

/// How many items at most: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "u16", extend("minimum" = 1, "maximum" = 200))]
pub struct Limit(u16);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<String> for Limit {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.parse() {
            Ok(limit @ 1..=200) => Ok(Self(limit)),
            _ => Err("must be a number from 1 to 200"),
        }
    }
}

/// The last item of the page before, as SQL compares it. Callers get it as an opaque `next_cursor`; what
/// is in it is ours to change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct After<I> {
    created_at: DateTime<Utc>,
    id: I,
}

/// What SQL needs to know of the wanted page. `I` is the id of the list's items, so that a cursor of
/// another list is refused here.
#[derive(Debug, Serialize)]
pub struct Window<I> {
    limit: Limit,
    after: Option<After<I>>,
}

impl PageQuery {
    /// The page among items with such ids.
    pub fn among<I: DeserializeOwned>(self) -> Result<Window<I>> {
        let after = self.cursor.as_deref().map(decode).transpose();
        let refuse =
            |()| Error::invalid("invalid_query", "cursor", "must be the `next_cursor` of an answer of this list");
        Ok(Window { limit: self.limit, after: after.map_err(refuse)? })
    }
}

fn decode<I: DeserializeOwned>(cursor: &str) -> Result<After<I>, ()> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(drop)?;
    let after: After<I> = serde_json::from_slice(&bytes).map_err(drop)?;
    // PostgreSQL knows no year 0, and we no item of before 1970.
    if (1970..=9999).contains(&after.created_at.year()) { Ok(after) } else { Err(()) }
}

/// A page as `app.page` makes it.
#[derive(Debug, Deserialize)]
pub struct FoundPage<T> {
    items: Vec<T>,
    next: Option<After<String>>,
}

/// A page as callers see it; on the last one `next_cursor` is null.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> From<FoundPage<T>> for Page<T> {
    fn from(found: FoundPage<T>) -> Self {
        let encode = |after: After<String>| serde_json::to_vec(&after).ok().map(|bytes| BASE64URL_NOPAD.encode(&bytes));
        Self { items: found.items, next_cursor: found.next.and_then(encode) }
    }
}
