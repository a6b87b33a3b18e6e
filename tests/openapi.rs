//! Holds `openapi.yaml` to the types, the routes, and the refusals that SQL and Rust can make.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use contract::openapi;
use ops::schema;
use serde_json::Value;
use shared::error::Kind;
use testkit::World;
use tests::{Sources, operations, published};

/// What SQL could refuse an operation with, and never does: a login by token carries no `webhook-id`.
const NEVER: (&str, &str) = ("sync_me", "webhook_id_reused");

/// A status and a code.
type Refusal = (u16, String);

#[test]
fn the_committed_openapi_file_says_what_the_types_say() {
    let committed = fs::read_to_string(schema::checkout().join(openapi::FILE)).unwrap_or_default();
    assert!(committed == openapi::yaml().unwrap(), "{} is out of date: run `make openapi`", openapi::FILE);
}

#[test]
fn the_local_gateway_routes_what_is_published_to_the_same_functions() {
    let manifest = fs::read_to_string(schema::checkout().join("Cargo.toml")).unwrap();
    let (_, router) = manifest.split_once("[workspace.metadata.lambda.watch.router]\n").unwrap();
    let routed: BTreeSet<(String, String)> = router
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(path, function)| (path.replace('"', ""), function.replace('"', "")))
        .collect();
    let published = published().into_iter().map(|(_, path, operation)| (path, text(&operation["tags"][0]))).collect();
    assert_eq!(routed, published);
}

#[tokio::test]
async fn every_operation_documents_what_its_sql_refuses_and_nothing_else() {
    let (raised, documented) = (raised_in_sql().await, documented());
    for (_, operation) in operations() {
        let declared = operation.errors.iter().map(|(kind, code)| (kind.status().as_u16(), (*code).to_owned()));
        let (id, declared) = (operation.id, declared.collect());
        let possible = raised.get(id).cloned().unwrap_or_default();
        assert_eq!(&declared - &possible, BTreeSet::new(), "{id} never refuses with these");
        let possible = possible.into_iter().filter(|(_, code)| (id, &**code) != NEVER).collect::<BTreeSet<_>>();
        assert_eq!(&possible - &documented[id], BTreeSet::new(), "`refuses` of {id} forgets these");
    }
}

#[tokio::test]
async fn every_code_that_sql_or_rust_raises_is_documented_with_its_status() {
    let (raised, documented) = (all(raised_in_sql().await), all(documented()));
    let document = openapi::document().unwrap();
    let conventions = document["info"]["description"].as_str().unwrap();
    let mut missing = &(&raised | &raised_in_rust()) - &documented;
    missing.retain(|(status, code)| !conventions.contains(&format!("{status} `{code}`")));
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn no_documented_code_is_unknown_to_sql_and_rust() {
    let rust = rust_sources();
    let mut unknown = &all(documented()) - &all(raised_in_sql().await);
    unknown.retain(|(_, code)| !rust.contains(&format!("\"{code}\"")));
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_request_body_refuses_unknown_fields() {
    let document = openapi::document().unwrap();
    // Stripe's events are as Stripe makes them, and gain members as it likes.
    let are_ours = |operation: &Value| operation["security"][0]["stripe_signature"].is_null();
    for (_, path, operation) in published().into_iter().filter(|(_, _, operation)| are_ours(operation)) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let either = schema["anyOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for schema in either.iter().filter(|schema| !schema.is_null()) {
            assert_eq!(resolved(&document, schema)["additionalProperties"], false, "{path}: {schema}");
        }
    }
}

fn all(refusals: BTreeMap<String, BTreeSet<Refusal>>) -> BTreeSet<Refusal> {
    refusals.into_values().flatten().collect()
}

/// What each operation is said to refuse with, by its id.
fn documented() -> BTreeMap<String, BTreeSet<Refusal>> {
    let document = openapi::document().unwrap();
    let refusals = |operation: &Value| {
        let mut refusals = BTreeSet::new();
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let problem = &resolved(&document, answer)["content"]["application/problem+json"]["schema"];
            let codes = problem["allOf"][1]["properties"]["code"]["enum"].as_array().into_iter().flatten();
            refusals.extend(codes.map(|code| (status.parse().unwrap(), text(code))));
        }
        refusals
    };
    published().iter().map(|(_, _, operation)| (text(&operation["operationId"]), refusals(operation))).collect()
}

fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What each function of the schema refuses with, itself or by others that it names. `authorize` is left out: who
/// may call says what it refuses.
const SQL_REFUSALS: &str = r"
    with recursive bodies as (
      select proname::text as name, regexp_replace(prosrc, '--[^\n]*', '', 'g') as body
      from pg_proc join pg_namespace n on n.oid = pronamespace where nspname like 'release\_%'
    ), named as (
      select name, names[1] as other from bodies, regexp_matches(body, '(\w+)\(', 'g') names
    ), reached as (
      select name as start, name from bodies
      union select start, other from reached join named using (name) where other <> 'authorize'
    )
    select distinct concat_ws(' ', start, raised[1], raised[2]) from reached join bodies using (name),
      regexp_matches(body, '''(AP4\d*)''(?:,\s*message = ''(\w+)'')?', 'g') raised";

/// By function.
async fn raised_in_sql() -> BTreeMap<String, BTreeSet<Refusal>> {
    let mut refusals = BTreeMap::<_, BTreeSet<Refusal>>::new();
    for raised in World::new().await.all(SQL_REFUSALS).await {
        let [function, sqlstate, code] = raised.split(' ').collect::<Vec<_>>()[..] else { panic!("no code: {raised}") };
        let status = Kind::from_sqlstate(sqlstate).unwrap().status().as_u16();
        refusals.entry(function.to_owned()).or_default().insert((status, code.to_owned()));
    }
    refusals
}

/// What Rust raises: `Error::invalid("code"`, `typed("code"` and `Kind::Conflict, "code"`.
fn raised_in_rust() -> BTreeSet<Refusal> {
    let kinds = (400..500).filter_map(|status| Kind::from_sqlstate(&format!("AP{status}")));
    let mut starts: Vec<(String, u16)> =
        kinds.map(|kind| (format!("Kind::{kind:?},"), kind.status().as_u16())).collect();
    starts.extend(["Error::invalid(", "typed("].map(|start| (start.to_owned(), 400)));
    let rust = rust_sources();
    let mut raised = BTreeSet::new();
    for (start, status) in starts {
        let texts = rust.split(&start).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        raised.extend(texts.map(|text| (status, text.split('"').next().unwrap().to_owned())));
    }
    assert!(!raised.is_empty(), "Rust refuses in another way than this test knows");
    raised
}

/// All deployed Rust but the lists of routes.
fn rust_sources() -> String {
    let sources = Sources::of_the_checkout(&["shared", "functions"]);
    let deployed = |path: &str| path.contains("/src/") && !path.ends_with("/lib.rs");
    sources.ending(&["rs"]).filter(|(path, _)| deployed(path)).map(|(_, text)| text).collect()
}
