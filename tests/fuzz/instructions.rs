//! Time in proportion: a parser takes twice the instructions for twice the input, not four times. Callgrind counts them,
//! where Valgrind is installed.

use std::{collections::BTreeMap, fs, hint::black_box, process::Command};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Request, header::ACCEPT, request::Parts},
};
use chrono::DateTime;
use ops::schema;
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::{
    auth::webhook,
    domain::{
        line::Line,
        metadata::Metadata,
        money::Amount,
        time::{StoredTime, Time},
        user::{EmailAddress, UserId},
    },
    http::{accept::Format, body, idempotency::IdempotencyKey, page::PageQuery, params::Query},
    signing::SigningSecret,
};
use tokio::runtime::Builder;

use crate::growth::{DOUBLING, is_out_of_proportion, numbered, repeated};

/// A parser, and what it is given, as long as it shall be.
struct Growing(&'static str, fn(usize) -> String, fn(&str));

const GROWING: &[Growing] = &[
    Growing("a name before numbers, and no NUL", |n| numbers_below_a_name(n, r"\\u0000"), members),
    Growing("a name before numbers, and a NUL", |n| numbers_below_a_name(n, r"\u0000"), members),
    Growing("backslashes", |n| repeated(r#"{"a":""#, r"\\", r#""}"#, n), members),
    Growing("escapes that are no NUL", |n| repeated(r#"{"a":""#, r"\\u0000", r#""}"#, n), members),
    Growing("unknown fields", |n| numbered("{", r##""k#":1,"##, r#""a":1}"#, n), page),
    Growing("brackets", |n| "[".repeat(n), |text| drop(body::parse::<Vec<Box<RawValue>>>(text.as_bytes()))),
    Growing("readings", |n| repeated(r#"{"a":["#, "{},", "{}]}", n), readings),
    Growing("deep readings", |n| repeated(r#"{"a":["#, "[", "", n), readings),
    Growing("metadata's members", |n| numbered("{", r##""k#":1,"##, r#""a":1}"#, n), metadata),
    Growing("metadata's digits", |n| repeated(r#"{"a":0."#, "1", "}", n), metadata),
    Growing("metadata's numbers", |n| repeated(r#"{"a":["#, "1e9,", "1]}", n), metadata),
    Growing("metadata's brackets", |n| repeated(r#"{"a":"#, "[", "", n), metadata),
    Growing("an amount", |n| repeated("0.", "0", "", n), amount),
    Growing("a time", |n| repeated("2026-11-25T12:00:00.", "1", "Z", n), times),
    Growing("a year", |n| repeated("1", "1", "-01-01T00:00:00Z BC", n), times),
    Growing("texts", |n| repeated("", "\u{e9}@", "", n), texts),
    Growing("parameters", |n| numbered("", "k#=1&", "a=1", n), query),
    Growing("percents", |n| repeated("cursor=", "%41%41%41%41", "", n), query),
    Growing("media ranges", |n| repeated("", "text/csv;q=0.1,", "", n), accept),
    Growing("a body under an idempotency key", |n| numbered("{", r##""k#":1.0,"##, r#""a":1}"#, n), bound),
    Growing("candidates, and a body as long", |n| repeated("", "v1, ", "v1,", n), signatures),
];

fn numbers_below_a_name(bytes: usize, text: &str) -> String {
    repeated(&format!(r#"{{"{}":["#, "k".repeat(bytes / 2)), "1,", &format!("\"{text}\"]}}"), bytes / 2)
}

fn members(text: &str) {
    drop(body::parse::<BTreeMap<String, Box<RawValue>>>(text.as_bytes()));
}

fn page(text: &str) {
    drop(body::parse::<PageQuery>(text.as_bytes()));
}

fn readings(text: &str) {
    #[derive(Deserialize)]
    struct Frame {
        a: Vec<Box<RawValue>>,
    }
    let frame: Option<Frame> = body::parse_frame(text.as_bytes()).ok();
    for reading in frame.iter().flat_map(|frame| &frame.a) {
        page(reading.get());
    }
}

fn metadata(text: &str) {
    drop(body::parse::<Metadata>(text.as_bytes()));
}

fn amount(text: &str) {
    let _ = black_box(Amount::try_from(text.to_owned()));
}

fn times(text: &str) {
    drop(black_box((Time::try_from(text.to_owned()), StoredTime::try_from(text.to_owned()))));
}

fn texts(text: &str) {
    let text = || text.to_owned();
    drop((UserId::try_from(text()), EmailAddress::try_from(text()), Line::<200>::try_from(text())));
}

fn parts(request: axum::http::request::Builder) -> Parts {
    request.body(()).unwrap().into_parts().0
}

/// What is read from a head waits for nothing.
fn extracted<T: FromRequestParts<()>>(mut parts: Parts) -> Option<T> {
    Builder::new_current_thread().build().unwrap().block_on(T::from_request_parts(&mut parts, &())).ok()
}

fn query(text: &str) {
    let query: Option<Query<PageQuery>> = extracted(parts(Request::get(format!("/?{text}"))));
    drop(query.map(|query| query.0.among::<UserId>()));
}

fn accept(text: &str) {
    black_box(extracted::<Format>(parts(Request::get("/").header(ACCEPT, text))));
}

fn bound(text: &str) {
    let key: IdempotencyKey = extracted(parts(Request::get("/").header("idempotency-key", "k"))).unwrap();
    drop(key.bind("record_purchase", RawValue::from_string(text.to_owned()).unwrap()));
}

fn signatures(text: &str) {
    let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let header = |name, value: &str| (axum::http::HeaderName::from_static(name), value.parse().unwrap());
    let headers: HeaderMap =
        [header("webhook-id", "x"), header("webhook-timestamp", "0"), header("webhook-signature", text)]
            .into_iter()
            .collect();
    drop(webhook::verify(&headers, text.as_bytes(), &[secret], DateTime::UNIX_EPOCH));
}

/// Callgrind counts what happens in here, and writes it down after each call.
#[inline(never)]
fn counted_step(parse: fn(&str), input: &str) {
    parse(input);
    black_box(());
}

/// What `instructions_grow_as_the_input_does` runs under Callgrind.
#[test]
#[ignore = "it shows something only under Callgrind"]
fn steps_to_count() {
    for Growing(_, input, parse) in GROWING {
        // What is made once is made before anything is counted.
        parse(&input(64));
        for bytes in DOUBLING {
            counted_step(*parse, &input(bytes / 2));
        }
    }
}

#[test]
fn instructions_grow_as_the_input_does() {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        println!("this machine has no valgrind: instructions are not counted");
        return;
    }
    let folder = schema::checkout().join(format!("target/fuzz/{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*counted_step*"])
        // Written in another way: of two options for one pattern Callgrind forgets one.
        .args([
            "--dump-after=fuzz::instructions::counted_step",
            &format!("--callgrind-out-file={}", folder.join("step").display()),
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "instructions::steps_to_count", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let counted = |step: usize| -> u64 {
        let text = fs::read_to_string(folder.join(format!("step.{step}"))).unwrap();
        let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
        total.trim().parse().unwrap()
    };
    let mut wrong = Vec::new();
    for (number, growing) in GROWING.iter().enumerate() {
        let costs = [1, 2, 3].map(|step| counted(number * DOUBLING.len() + step));
        println!("{}: {costs:?} instructions", growing.0);
        assert!(costs[0] > 0);
        if is_out_of_proportion(&costs, 50_000) {
            wrong.push(format!("{}: {costs:?}", growing.0));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
