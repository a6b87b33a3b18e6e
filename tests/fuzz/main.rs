//! Whatever comes in: no function fails by it, and works on it in proportion to its length; JSON that is only kept comes
//! back as it was; and a row that cannot be read keeps nobody from the others.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod arbitrary_json;
mod growth;
mod inputs;
mod instructions;
mod kept_json;
mod targets;
mod unreadable;

use std::{collections::BTreeMap, ffi::OsString, time::Duration};

use fastrand::Rng;
use testkit::programs::variable;
use tokio::time::Instant;

use crate::{
    inputs::{corpus, drawn, save},
    targets::{Bed, Place, TARGETS},
};

/// Inputs for each target in `make test`: the same ones each time. `make fuzz` draws others, for as long as it is told.
const ROUNDS: u64 = 12;
const SEED: u64 = 1;

fn number(name: &str) -> Option<u64> {
    variable(name).as_ref().and_then(|text: &OsString| text.to_str()?.parse().ok())
}

#[tokio::test]
async fn no_input_makes_a_function_fail() {
    let bed = Bed::new().await;
    let minutes = number("FUZZ_MINUTES");
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if minutes.is_some() { fastrand::u64(..) } else { SEED });
    println!("FUZZ_SEED={seed}");
    let (mut rng, mut found) = (Rng::with_seed(seed), Vec::new());
    let mut known = BTreeMap::new();
    for target in TARGETS {
        let inputs = corpus(target.name);
        assert!(!inputs.is_empty(), "no corpus for {}", target.name);
        for (file, input) in &inputs {
            if let Some(fault) = bed.fault(target, input).await {
                found.push(format!("{file}: {fault}"));
            }
        }
        known.insert(target.name, inputs);
    }
    let (started, mut rounds) = (Instant::now(), 0);
    let is_over = |rounds: u64| match minutes {
        Some(minutes) => started.elapsed() > Duration::from_secs(60 * minutes),
        None => rounds == ROUNDS,
    };
    while !is_over(rounds) {
        for target in TARGETS {
            let input = drawn(&mut rng, &known[target.name]);
            if let Some(fault) = bed.fault(target, &input).await {
                let file = save(target.name, &input);
                found.push(format!("{file}: {fault}\n  replay it: make test T=no_input_makes_a_function_fail"));
            }
        }
        rounds += 1;
    }
    println!("{rounds} rounds of {} targets", TARGETS.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
    bed.world.assert_sound().await;
}

#[tokio::test]
async fn a_cursor_that_no_list_wrote_is_refused_by_every_list() {
    let bed = Bed::new().await;
    let lists = TARGETS.iter().filter(|target| matches!(target.place, Place::Cursor(_)));
    for list in lists {
        for cursor in [
            r#"{"created_at":"2016-12-31T23:59:60.5Z","id":"auth0|ann"}"#,
            r#"{"created_at":"2016-12-31T23:59:60Z","id":"00000000-0000-0000-0000-000000000000"}"#,
            r#"{"created_at":"0000-01-01T00:00:00Z","id":"00000000-0000-0000-0000-000000000000"}"#,
            r#"{"created_at":"2026-01-01T00:00:00Z","id":"a\u0000"}"#,
            r#"{"created_at":"2026-01-01T00:00:00Z\u0000","id":"auth0|ann"}"#,
            r#"{"id":"\u0000","kind":"","detail":""}"#,
            r#"{"id":"\ud800","kind":"","detail":""}"#,
            r#"{"effective_on":"2026-02-30"}"#,
            r#"{"seq":-1}"#,
            r#"{"id":9223372036854775808}"#,
            r#"["2026-01-01T00:00:00Z","auth0|ann"]"#,
            "[1]",
            "null",
            "",
        ] {
            let response = bed.answer(list, cursor.as_bytes()).await.unwrap();
            assert_eq!(
                (response.status, response.field()),
                (400, "cursor"),
                "{}: {cursor} {}",
                list.name,
                response.text
            );
        }
    }
}
