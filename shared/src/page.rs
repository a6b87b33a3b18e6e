//! Pages of a list: newest first, `?limit=` (1 to 200, default 50) and an opaque `?cursor=`.

use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PageQuery {
    pub limit: Limit,
    pub cursor: Option<Cursor>,
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

/// Where a page begins: behind this item. Callers get it from one answer and give it to the next
/// request; what is in it is ours to change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Cursor(After);

/// The last item of the page before, as SQL compares it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    created_at: chrono::DateTime<chrono::Utc>,
    id: String,
}

impl TryFrom<String> for Cursor {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| "must be the `next_cursor` of an answer")?;
        let after: After = serde_json::from_slice(&bytes).map_err(|_| "must be the `next_cursor` of an answer")?;
        if after.id.is_empty() || after.id.contains('\0') {
            return Err("must be the `next_cursor` of an answer");
        }
        Ok(Self(after))
    }
}

/// What SQL needs to know of the wanted page.
#[derive(Debug, Serialize)]
pub struct Window {
    limit: Limit,
    after: Option<After>,
}

impl From<PageQuery> for Window {
    fn from(query: PageQuery) -> Self {
        Self { limit: query.limit, after: query.cursor.map(|cursor| cursor.0) }
    }
}

/// A page as `app.page` makes it.
#[derive(Debug, Deserialize)]
pub struct FoundPage<T> {
    items: Vec<T>,
    next: Option<After>,
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
        let encode = |after: After| serde_json::to_vec(&after).ok().map(|bytes| BASE64URL_NOPAD.encode(&bytes));
        Self { items: found.items, next_cursor: found.next.and_then(encode) }
    }
}
