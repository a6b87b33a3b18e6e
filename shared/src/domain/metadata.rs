//! Metadata: whatever an administrator wants to remember of something, within bounds. It comes back as it was written,
//! by value, or is refused.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use crate::domain::kept_json::Node;

const MAX_BYTES: usize = 16 * 1024;
const MAX_DEPTH: usize = 16;
/// PostgreSQL keeps a number digit by digit. So a few bytes such as `1e-9999` would become thousands.
const MAX_DIGITS: i64 = 400;

const WRONG_NUMBER: &str = "must hold numbers up to 1.7e308, of at most 400 digits when written without an exponent";

/// A JSON object of at most 16 KiB and 16 levels, in which no member is named twice. Numbers keep every digit; they
/// have 400 digits at most. (A whole row's metadata may grow to 24 KiB by changes.)
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Box<RawValue>")]
#[schemars(with = "Map<String, Value>")]
pub struct Metadata(Box<RawValue>);

impl TryFrom<Box<RawValue>> for Metadata {
    type Error = &'static str;

    fn try_from(raw: Box<RawValue>) -> Result<Self, &'static str> {
        if !raw.get().starts_with('{') {
            return Err("must be a JSON object");
        }
        let mut left_bytes = MAX_BYTES;
        check(&raw, MAX_DEPTH, &mut left_bytes)?;
        Ok(Self(raw))
    }
}

// Metadata as it is stored, with every digit. What is in it is not looked at, so nothing in it can make a read fail.
// (No doc comment: it would stand in the contract at every place.)
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "Map<String, Value>", inline)]
pub struct StoredMetadata(Box<RawValue>);

/// Refuses what would not come back, and takes what the value needs, without blanks, from what is left.
fn check(raw: &RawValue, levels: usize, left_bytes: &mut usize) -> Result<(), &'static str> {
    let node = Node::read(raw).map_err(|_| "must not hold half a surrogate pair")?;
    if levels == 0 && matches!(node, Node::Object(_) | Node::List(_)) {
        return Err("must not be deeper than 16 levels");
    }
    match node {
        Node::Object(members) => {
            take(members.len() * 2 + 1, left_bytes)?;
            let mut names = HashSet::new();
            for (name, member) in members {
                check_text(&name, left_bytes)?;
                check(member, levels - 1, left_bytes)?;
                if !names.insert(name) {
                    return Err("must not name a member twice");
                }
            }
            Ok(())
        }
        Node::List(items) => {
            take(items.len() + 1, left_bytes)?;
            items.into_iter().try_for_each(|item| check(item, levels - 1, left_bytes))
        }
        Node::Text(text) => check_text(&text, left_bytes),
        Node::Number(number) => {
            take(number.len(), left_bytes)?;
            if is_kept(number) { Ok(()) } else { Err(WRONG_NUMBER) }
        }
        Node::Word(word) => take(word.len(), left_bytes),
    }
}

fn check_text(text: &str, left_bytes: &mut usize) -> Result<(), &'static str> {
    if text.contains('\0') {
        return Err("must not contain the character U+0000");
    }
    take(to_raw_value(text).map_or(usize::MAX, |written| written.get().len()), left_bytes)
}

fn take(bytes: usize, left_bytes: &mut usize) -> Result<(), &'static str> {
    *left_bytes = left_bytes.checked_sub(bytes).ok_or("must not hold more than 16 KiB")?;
    Ok(())
}

/// Whether PostgreSQL keeps the number exactly, and a client that reads doubles finds a number in its place.
fn is_kept(number: &str) -> bool {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // Many digits may be no number at all to the machine; then they are too many.
    let Some(exponent) = exponent.parse::<i64>().ok().filter(|exponent| exponent.abs() <= MAX_DIGITS) else {
        return false;
    };
    let length = |digits: &str| i64::try_from(digits.len()).unwrap_or(i64::MAX / 4);
    let digits = (length(whole) + exponent).max(1) + (length(fraction) - exponent).max(0);
    digits <= MAX_DIGITS && number.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Metadata, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_comes_back_is_taken_as_it_was_written() {
        let numbers = [
            "0",
            "-0",
            "-0.0",
            "1E5",
            "1.50",
            "1e+3",
            "0e399",
            "0.1e-5",
            "5e-324",
            "1.7976931348623157e308",
            "18446744073709551617",
            "-340282366920938463463374607431768211455",
            "0.9215686321258545",
            "1e0000000005",
        ];
        for number in numbers {
            let text = format!("{{\"n\":[{number}]}}");
            assert_eq!(serde_json::to_string(&read(&text).unwrap()).unwrap(), text);
        }
        assert!(read(&format!("{{\"n\":0.{}}}", "1".repeat(399))).is_ok());
        assert!(read(r#" { "a" : "\ud83d\ude00\u00e9\\u0000" , "b" : [ ] , "" : null } "#).is_ok());
        let blanks = format!("{{\"a\":{}1}}", " ".repeat(20_000));
        assert!(read(&blanks).is_ok(), "blanks do not count");
        let escaped = format!("{{\"a\":\"{}\"}}", r"\u00e9".repeat(8_000));
        assert!(read(&escaped).is_ok(), "nor does how a character is written");
        assert!(read(&format!("{{\"a\":{}1{}}}", "[".repeat(15), "]".repeat(15))).is_ok());
    }

    #[test]
    fn what_would_not_come_back_is_refused_with_its_reason() {
        let digits = |count: usize| format!("{{\"n\":0.{}}}", "1".repeat(count));
        for (text, reason) in [
            (r#"{"n":1e309}"#.to_owned(), WRONG_NUMBER),
            (r#"{"n":[{"m":-1e400}]}"#.to_owned(), WRONG_NUMBER),
            (r#"{"n":0e999999}"#.to_owned(), WRONG_NUMBER),
            (r#"{"n":1e-401}"#.to_owned(), WRONG_NUMBER),
            (r#"{"n":1e99999999999999999999}"#.to_owned(), WRONG_NUMBER),
            (digits(400), WRONG_NUMBER),
            (r#"{"a":1,"\u0061":2}"#.to_owned(), "must not name a member twice"),
            (r#"{"a":{"b":1,"b":1}}"#.to_owned(), "must not name a member twice"),
            (r#"{"a":"\u0000"}"#.to_owned(), "must not contain the character U+0000"),
            (r#"{"a\u0000":1}"#.to_owned(), "must not contain the character U+0000"),
            (r#"{"a":"\ud800"}"#.to_owned(), "must not hold half a surrogate pair"),
            (r#"{"\udc00":1}"#.to_owned(), "must not hold half a surrogate pair"),
            (format!("{{\"a\":{}1{}}}", "[".repeat(16), "]".repeat(16)), "must not be deeper than 16 levels"),
            (format!("{{\"a\":{}1{}}}", "[".repeat(9000), "]".repeat(9000)), "must not be deeper than 16 levels"),
            (format!("{{\"a\":\"{}\"}}", "x".repeat(16 * 1024)), "must not hold more than 16 KiB"),
            (format!("{{\"a\":[{}1]}}", "1,".repeat(8 * 1024)), "must not hold more than 16 KiB"),
            ("[1]".to_owned(), "must be a JSON object"),
            ("null".to_owned(), "must be a JSON object"),
        ] {
            let found = read(&text).unwrap_err();
            assert!(found.starts_with(reason), "{text}: {found}");
        }
    }
}
