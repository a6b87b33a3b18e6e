//! Arbitrary JSON as text, and what a merge patch makes of it by value: every number with all its digits.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, value::RawValue};
use shared::domain::kept_json::Node;

const TEXTS: [&str; 14] = [
    "",
    "a",
    "b",
    "ключ",
    "\u{1f600}",
    "\"",
    "\\",
    "\\u0000",
    "\n\t",
    "\u{7f}\u{85}",
    "__proto__",
    "$serde_json::private::RawValue",
    "$serde_json::private::Number",
    "1e5",
];
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "-0.0",
    "1E5",
    "1.50",
    "1e-7",
    "0.9215686321258545",
    "117.63331139400017",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "340282366920938463463374607431768211455",
    "1.7976931348623157e308",
    "5e-324",
    "2.2250738585072011e-308",
    "0e99",
    "0.1e1",
    "1e400",
    "-1e309",
    "1e-9999",
    "0e999999999999",
];

/// An object. A quarter of them hold something that cannot be kept.
pub fn object(rng: &mut Rng) -> String {
    let mut members: Vec<String> = (0..rng.usize(0..5)).map(|_| format!("{}:{}", text(rng), value(rng, 4))).collect();
    if rng.u8(..) < 16 {
        members.push(r#""\ud800":1"#.to_owned());
    }
    if rng.u8(..) < 16 {
        members.push(format!(r#""deep":{}1{}"#, "[".repeat(rng.usize(10..40)), "]".repeat(rng.usize(10..40))));
    }
    format!("{{{}}}", members.join(if rng.bool() { "," } else { " ,\n" }))
}

fn value(rng: &mut Rng, levels: usize) -> String {
    match rng.u8(0..if levels == 0 { 6 } else { 9 }) {
        0 => "null".to_owned(),
        1 => rng.bool().to_string(),
        2 => text(rng),
        3 => rng.choice(NUMBERS).unwrap().to_owned(),
        4 => Value::from(f64::from_bits(rng.u64(..))).to_string(),
        5 => format!("{}{}.{}", if rng.bool() { "-" } else { "" }, rng.u64(..), rng.u64(..)),
        6 => format!("[{}]", (0..rng.usize(0..4)).map(|_| value(rng, levels - 1)).collect::<Vec<_>>().join(",")),
        _ => {
            let members = (0..rng.usize(0..4)).map(|_| format!("{}:{}", text(rng), value(rng, levels - 1)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
    }
}

fn text(rng: &mut Rng) -> String {
    if rng.u8(..) < 4 {
        return r#""\u0000""#.to_owned();
    }
    let text = rng.choice(TEXTS).unwrap();
    let written = Value::from(text).to_string();
    if rng.bool() {
        written
    } else {
        text.encode_utf16().fold("\"".to_owned(), |all, unit| format!("{all}\\u{unit:04x}")) + "\""
    }
}

/// JSON by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Object(BTreeMap<String, Json>),
    List(Vec<Json>),
    /// A text, a word, or a number in its shortest form.
    Plain(String),
}

impl Json {
    pub fn read(raw: &RawValue) -> Self {
        match Node::read(raw).unwrap() {
            Node::Object(members) => {
                Self::Object(members.into_iter().map(|(name, member)| (name, Self::read(member))).collect())
            }
            Node::List(items) => Self::List(items.into_iter().map(Self::read).collect()),
            Node::Text(text) => Self::Plain(format!("\"{text}")),
            Node::Word(word) => Self::Plain(word.to_owned()),
            Node::Number(number) => Self::Plain(shortest(number)),
        }
    }

    /// By RFC 7396.
    pub fn merge(&mut self, patch: Self) {
        let Self::Object(changes) = patch else {
            *self = patch;
            return;
        };
        if !matches!(self, Self::Object(_)) {
            *self = Self::Object(BTreeMap::new());
        }
        let Self::Object(members) = self else { unreachable!() };
        for (name, change) in changes {
            if change == Self::Plain("null".to_owned()) {
                members.remove(&name);
            } else {
                members.entry(name).or_insert(Self::Plain(String::new())).merge(change);
            }
        }
    }
}

/// Its digits and its exponent: `1.50` and `15E-1` are one number.
fn shortest(number: &str) -> String {
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return "0".to_owned();
    }
    let moved = i64::try_from(digits.len() - significant.len()).unwrap() - i64::try_from(fraction.len()).unwrap();
    format!("{sign}{significant}e{}", exponent.parse::<i64>().unwrap() + moved)
}
