//! The corpus, and inputs drawn from it: cut, doubled, joined, and mixed with what has broken parsers before.

use std::{fs, path::PathBuf};

use data_encoding::HEXLOWER;
use fastrand::Rng;
use ops::schema;

const LONGEST: usize = 32 * 1024;

/// What has broken parsers, ours or others.
const WORDS: [&str; 48] = [
    "\\u0000",
    "\\\\u0000",
    "\0",
    "\\ud800",
    "\\udc00\\ud800",
    "\u{feff}",
    "\u{202e}",
    "\u{10ffff}",
    "1e400",
    "-1e-400",
    "0e999999",
    "1e99999999999999999999",
    "1.7976931348623157e308",
    "18446744073709551616",
    "-0",
    "-0.0",
    "1E5",
    "00",
    "NaN",
    "Infinity",
    "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:60.5Z",
    "0000-01-01T00:00:00Z",
    "infinity",
    "10000-01-01T00:00:00+00:00",
    "0044-03-15T00:00:00+00:00 BC",
    "-infinity",
    "9999-12-31T23:59:59.9999999Z",
    "2026-02-29",
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "{\"\":",
    "[[[[[[[[",
    "]]]]",
    "}",
    ",",
    ":",
    "\"",
    "\\",
    "%00",
    "%ff",
    "&",
    "=",
    "v1,",
    "9223372036854775808",
];

fn folder(target: &str) -> PathBuf {
    schema::checkout().join("tests/fuzz/corpus").join(target)
}

/// The inputs that are kept for a target, with their files.
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(target)).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<_> = files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    inputs.sort();
    inputs
}

/// Keeps an input that broke something, and answers where.
pub fn save(target: &str, input: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    input.iter().for_each(|byte| hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let file = folder(target).join(format!("found-{}", HEXLOWER.encode(&hash.to_be_bytes())));
    fs::write(&file, input).unwrap();
    file.display().to_string()
}

pub fn drawn(rng: &mut Rng, corpus: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut input = rng.choice(corpus).unwrap().1.clone();
    for _ in 0..rng.usize(1..=4) {
        change(rng, &mut input, corpus);
    }
    input.truncate(LONGEST);
    input
}

fn change(rng: &mut Rng, input: &mut Vec<u8>, corpus: &[(String, Vec<u8>)]) {
    let at = rng.usize(0..=input.len());
    let end = (at + rng.usize(0..=16)).min(input.len());
    let word = rng.choice(WORDS).unwrap().as_bytes();
    match rng.u8(0..8) {
        0 => drop(input.splice(at..at, word.iter().copied())),
        1 => drop(input.splice(at..end, word.iter().copied())),
        2 => replace_value(rng, input, word),
        3 => drop(input.drain(at..end)),
        4 => {
            let piece = input[at..end].repeat(rng.usize(1..200));
            drop(input.splice(at..at, piece));
        }
        5 => {
            let other = &rng.choice(corpus).unwrap().1;
            input.truncate(at);
            input.extend_from_slice(&other[rng.usize(0..=other.len())..]);
        }
        6 if at < input.len() => input[at] = rng.u8(..),
        _ => {
            let digits = rng.u64(..).to_string();
            replace_value(rng, input, digits.as_bytes());
        }
    }
}

/// Puts a word where a value stands: behind a colon or an equals sign, up to what ends it.
fn replace_value(rng: &mut Rng, input: &mut Vec<u8>, word: &[u8]) {
    let starts: Vec<usize> = (0..input.len()).filter(|at| matches!(input[*at], b':' | b'=')).collect();
    let Some(start) = rng.choice(&starts) else { return };
    let rest = &input[start + 1..];
    let length = rest.iter().position(|byte| matches!(byte, b',' | b'}' | b'&' | b']')).unwrap_or(rest.len());
    let quoted = if rng.bool() { [b"\"", word, b"\""].concat() } else { word.to_vec() };
    drop(input.splice(start + 1..start + 1 + length, quoted));
}
