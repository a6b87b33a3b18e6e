//! Pages of a list that pass through as SQL has written them: only their times are written anew.

use std::marker::PhantomData;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::http::page::{Items, cursor};

/// Members that hold what callers chose: nothing in them is ours to read.
const KEPT: [&str; 3] = ["metadata", "before", "after"];

/// A page whose items are not parsed into `T`, unless something in them may be wrong. So a list of large items costs as
/// much as copying it. Builds for tests compare each page with what its type would have answered.
#[derive(Debug, Serialize)]
pub struct PassedPage<T> {
    items: Box<RawValue>,
    next_cursor: Option<String>,
    #[serde(skip)]
    item: PhantomData<T>,
}

impl<'de, T: DeserializeOwned + Serialize> Deserialize<'de> for PassedPage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct FromSql {
            items: Box<RawValue>,
            next: Option<Value>,
        }
        let found = FromSql::deserialize(deserializer)?;
        let parsed = || {
            let items: Items<T> = serde_json::from_str(found.items.get()).map_err(D::Error::custom)?;
            to_raw_value(&items.0).map_err(D::Error::custom)
        };
        let items = match passed(found.items.get()) {
            Some(text) => RawValue::from_string(text).map_err(D::Error::custom)?,
            None => parsed()?,
        };
        debug_assert!(holds(&items, &parsed()?), "{items} is not what its type says");
        Ok(Self { items, next_cursor: found.next.and_then(cursor), item: PhantomData })
    }
}

/// Whether a page holds all that its type answers of it, as far as a `Value` can tell.
fn holds(page: &RawValue, answered: &RawValue) -> bool {
    fn is_in(answered: &Value, page: &Value) -> bool {
        match (answered, page) {
            (Value::Object(members), Value::Object(page)) => {
                members.iter().all(|(name, member)| page.get(name).is_some_and(|value| is_in(member, value)))
            }
            (Value::Array(items), Value::Array(page)) => {
                items.len() == page.len() && items.iter().zip(page).all(|(item, value)| is_in(item, value))
            }
            _ => answered == page,
        }
    }
    let read = |raw: &RawValue| serde_json::from_str::<Value>(raw.get()).ok();
    read(answered).zip(read(page)).is_none_or(|(answered, page)| is_in(&answered, &page))
}

/// The items with their times as we answer them; nothing if the type has to look at them: a time that RFC 3339 cannot
/// write, or no number. (A colon after a quote ends a name: in a text a `\` stands before the quote.)
fn passed(items: &str) -> Option<String> {
    let mut written = String::with_capacity(items.len());
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = items[at..].find(':') {
        let before = items[..at + found].trim_end_matches(' ');
        at += found + 1;
        let Some(name) = before.strip_suffix('"').filter(|before| !before.ends_with('\\')) else { continue };
        let name = name.rsplit('"').next()?;
        at += items[at..].bytes().take_while(|byte| *byte == b' ').count();
        if KEPT.contains(&name) {
            at += length(&items[at..])?;
        } else if let Some(text) = items[at..].strip_prefix('"') {
            if name.ends_with("_at") || ["since", "waiting_since"].contains(&name) {
                let stored = text.split('"').next()?;
                written.push_str(&items[copied..=at]);
                push_time(&mut written, stored)?;
                at += 1 + stored.len();
                copied = at;
            } else if ["NaN\"", "Infinity\"", "-Infinity\""].iter().any(|number| text.starts_with(number)) {
                return None;
            }
        }
    }
    written.push_str(&items[copied..]);
    Some(written)
}

/// Where an object or a list ends; of anything else, its begin.
fn length(value: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (place, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text && depth > 0 => depth -= 1,
            _ => {}
        }
        if depth == 0 && !in_text {
            return Some(if place == 0 { 0 } else { place + 1 });
        }
    }
    None
}

/// Writes `2026-11-25T12:00:00.5+00:00` as `2026-11-25T12:00:00.500Z`: no digits, three, or six.
fn push_time(written: &mut String, stored: &str) -> Option<()> {
    let utc = stored.strip_suffix("+00:00")?;
    let (second, fraction) = utc.split_once('.').unwrap_or((utc, ""));
    let is_time = second.len() == 19
        && second.bytes().zip(b"0000-00-00T00:00:00").all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *like,
        });
    if !is_time || fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    written.push_str(second);
    if !fraction.is_empty() {
        let digits = if fraction.len() > 3 { 6 } else { 3 };
        written.push('.');
        written.push_str(fraction);
        written.extend(std::iter::repeat_n('0', digits - fraction.len()));
    }
    written.push('Z');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_answered_and_all_else_as_it_is_stored() {
        for (stored, answered) in [
            (r#"[]"#, r#"[]"#),
            (r#"[{"a_at": "2026-11-25T12:00:00+00:00"}]"#, r#"[{"a_at": "2026-11-25T12:00:00Z"}]"#),
            (
                r#"[{"url" : "https://a", "a_at" : "2026-11-25T12:00:00+00:00", "metadata" : {"a_at": "\" :"}, "n":1}]"#,
                r#"[{"url" : "https://a", "a_at" : "2026-11-25T12:00:00Z", "metadata" : {"a_at": "\" :"}, "n":1}]"#,
            ),
            (
                r#"[{"a_at": "2026-11-25T12:00:00.5+00:00", "n": 1}, {"waiting_since": "2026-11-25T12:00:00.1234+00:00"}]"#,
                r#"[{"a_at": "2026-11-25T12:00:00.500Z", "n": 1}, {"waiting_since": "2026-11-25T12:00:00.123400Z"}]"#,
            ),
            (
                r#"[{"metadata": {"a_at": "2026-11-25T12:00:00+00:00", "x": "NaN", "}\"": ["]"]}, "b_at": "2026-11-25T12:00:00+00:00"}]"#,
                r#"[{"metadata": {"a_at": "2026-11-25T12:00:00+00:00", "x": "NaN", "}\"": ["]"]}, "b_at": "2026-11-25T12:00:00Z"}]"#,
            ),
            (
                r#"[{"before": null, "after": "x_at\": \"", "name": "a_at\": \"2026-11-25T12:00:00+00:00", "b_at": null}]"#,
                r#"[{"before": null, "after": "x_at\": \"", "name": "a_at\": \"2026-11-25T12:00:00+00:00", "b_at": null}]"#,
            ),
        ] {
            assert_eq!(passed(stored).as_deref(), Some(answered), "{stored}");
        }
    }

    #[test]
    fn what_may_be_wrong_is_left_to_the_type() {
        for stored in [
            r#"[{"a_at": "infinity"}]"#,
            r#"[{"a_at": "-infinity"}]"#,
            r#"[{"a_at": "10000-01-01T00:00:00+00:00"}]"#,
            r#"[{"a_at": "0044-03-15T12:00:00+00:00 BC"}]"#,
            r#"[{"a_at": "2026-11-25T12:00:00+01:00"}]"#,
            r#"[{"a_at": "2026-11-25T12:00:00.+00:0"}]"#,
            r#"[{"credits": {"balance": "NaN"}}]"#,
            r#"[{"credits": {"balance": "-Infinity"}}]"#,
        ] {
            assert_eq!(passed(stored), None, "{stored}");
        }
    }

    #[test]
    fn one_page_is_passed_on_and_another_without_what_cannot_be_read() {
        #[derive(Debug, Deserialize, Serialize)]
        struct Item {
            balance: crate::domain::money::Money,
            made_at: crate::domain::time::AnsweredTime,
        }
        let answered =
            |page: &str| serde_json::to_string(&serde_json::from_str::<PassedPage<Item>>(page).unwrap()).unwrap();
        let item = r#"{"balance": "1.00", "made_at": "2026-11-25T12:00:00+00:00"}"#;
        assert_eq!(
            answered(&format!(r#"{{"items": [{item}], "next": null}}"#)),
            r#"{"items":[{"balance": "1.00", "made_at": "2026-11-25T12:00:00Z"}],"next_cursor":null}"#
        );
        let broken = item.replace("1.00", "NaN");
        let late = item.replace("2026-11-25T12:00:00+00:00", "infinity");
        assert_eq!(
            answered(&format!(r#"{{"items": [{broken}, {late}], "next": {{"id": 1}}}}"#)),
            r#"{"items":[{"balance":"1.00","made_at":"9999-12-31T23:59:59.999999Z"}],"next_cursor":"eyJpZCI6MX0"}"#
        );
    }
}
