//! Pages of a list: newest first, `?limit=` (1 to 200, default 50) and an opaque `?cursor=`.

use std::any::type_name;

use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

use crate::{
    domain::time::StoredTime,
    error::{Error, Result},
    http::body,
};

/// Which page is wanted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PageQuery {
    limit: Option<Limit>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The rows of one CSV answer: well within what Lambda can answer with (6 MB).
const MOST_ROWS: u16 = 10_000;

/// How many items at most: 1 to 200; 50 where nothing is said.
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
pub struct After<I> {
    created_at: StoredTime,
    id: I,
}

/// What SQL needs to know of the wanted page. `A` is what the list is ordered by, so that a cursor of
/// another list is refused here.
#[derive(Debug, Serialize)]
pub struct Window<A> {
    limit: u16,
    after: Option<A>,
}

impl PageQuery {
    /// For lists with filters of their own.
    pub fn new(limit: Option<Limit>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The page among items with such ids, by when they were made.
    pub fn among<I: DeserializeOwned>(self) -> Result<Window<After<I>>> {
        self.ordered_by()
    }

    /// The page of a list that is ordered by `A`.
    pub fn ordered_by<A: DeserializeOwned>(self) -> Result<Window<A>> {
        let limit = self.limit.unwrap_or_default().0;
        self.window(limit)
    }

    /// The same as rows for a spreadsheet: all that one answer can hold, if no limit is given.
    pub fn rows_ordered_by<A: DeserializeOwned>(self) -> Result<Window<A>> {
        let limit = self.limit.map_or(MOST_ROWS, |limit| limit.0);
        self.window(limit)
    }

    fn window<A: DeserializeOwned>(self, limit: u16) -> Result<Window<A>> {
        let after = self.cursor.as_deref().map(decode).transpose();
        let refuse =
            |()| Error::invalid("invalid_query", "cursor", "must be the `next_cursor` of an answer of this list");
        Ok(Window { limit, after: after.map_err(refuse)? })
    }
}

/// Read as strictly as a body: a cursor may be anybody's text.
fn decode<A: DeserializeOwned>(cursor: &str) -> Result<A, ()> {
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(drop)?;
    body::parse(&bytes).map_err(drop)
}

/// A page as `page` makes it.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct PageFromSql<T> {
    items: Items<T>,
    next: Option<Value>,
}

/// Items of a list that SQL answers. One that cannot be read must not take the others with it: it is left out, and
/// logged as an error, which says what is to be mended in the database.
#[derive(Debug)]
pub struct Items<T>(pub Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Box<RawValue>>::deserialize(deserializer)?;
        let read = |item: Box<RawValue>| {
            let read = body::parse_frame(item.get().as_bytes());
            read.inspect_err(|error| log_unreadable::<T>(&item, error)).ok()
        };
        Ok(Self(items.into_iter().filter_map(read).collect()))
    }
}

fn log_unreadable<T>(item: &RawValue, error: &Error) {
    /// What lists name their items by.
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Named {
        id: Option<Value>,
        user_id: Option<Value>,
        date: Option<Value>,
        effective_on: Option<Value>,
        source: Option<Value>,
    }
    let named: Named = serde_json::from_str(item.get()).unwrap_or_default();
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    tracing::error!(
        item = type_name::<T>(),
        id = text(named.id),
        user_id = text(named.user_id),
        source = text(named.source),
        day = text(named.effective_on.or(named.date)),
        reason = error.reason(),
        "a row cannot be read and is left out of its list"
    );
}

/// A page as callers see it; on the last one `next_cursor` is null.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> From<PageFromSql<T>> for Page<T> {
    fn from(found: PageFromSql<T>) -> Self {
        Self { items: found.items.0, next_cursor: found.next.and_then(cursor) }
    }
}

/// The position of a page's last item, as callers get it.
pub fn cursor(after: Value) -> Option<String> {
    serde_json::to_vec(&after).ok().map(|bytes| BASE64URL_NOPAD.encode(&bytes))
}
