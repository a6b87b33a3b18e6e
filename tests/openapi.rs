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
use tests::{Sources, published};

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

#[test]
fn every_operation_documents_what_its_sql_refuses_and_nothing_else() {
    let functions = sql_functions();
    let documented = documented();
    for (_, routes) in openapi::functions() {
        for operation in routes.operations() {
            let declared = operation.errors.iter().map(|(kind, code)| (kind.status().as_u16(), (*code).to_owned()));
            let declared: BTreeSet<Refusal> = declared.collect();
            let possible = reachable(&functions, operation.id);
            let id = operation.id;
            assert!(possible.is_superset(&declared), "{id} never refuses with {:?}", &declared - &possible);
            let missing = &possible - &documented[id];
            assert!(missing.is_empty(), "`refuses` of {id} forgets {missing:?}");
        }
    }
}

#[test]
fn every_code_that_sql_or_rust_raises_is_documented_with_its_status() {
    let documented: BTreeSet<Refusal> = documented().into_values().flatten().collect();
    let document = openapi::document().unwrap();
    let conventions = document["info"]["description"].as_str().unwrap();
    let from_sql = sql_functions().into_values().flat_map(|function| function.raises);
    let missing: Vec<Refusal> = from_sql
        .chain(raised_in_rust())
        .filter(|(status, code)| {
            !documented.contains(&(*status, code.clone())) && !conventions.contains(&format!("{status} `{code}`"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_documented_code_is_unknown_to_sql_and_rust() {
    let from_sql: BTreeSet<Refusal> = sql_functions().into_values().flat_map(|function| function.raises).collect();
    let rust = rust_sources();
    let unknown: Vec<Refusal> = documented()
        .into_values()
        .flatten()
        .filter(|refusal| !from_sql.contains(refusal) && !rust.contains(&format!("\"{}\"", refusal.1)))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_request_body_refuses_unknown_fields() {
    let document = openapi::document().unwrap();
    for (_, path, operation) in published() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let either = schema["anyOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for schema in either.iter().filter(|schema| !schema.is_null()) {
            assert_eq!(resolved(&document, schema)["additionalProperties"], false, "{path}: {schema}");
        }
    }
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

/// What a SQL function raises itself, and which others it names.
#[derive(Default)]
struct SqlFunction {
    raises: BTreeSet<Refusal>,
    names: BTreeSet<String>,
}

fn sql_functions() -> BTreeMap<String, SqlFunction> {
    let mut functions = BTreeMap::new();
    for file in schema::files(&schema::checkout()).unwrap() {
        let script = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = script.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let code = code.join("\n");
        let mut parts = code.split("create or replace function app.");
        assert!(!parts.next().unwrap().contains("'AP4"), "{} raises outside of a function", file.display());
        for part in parts {
            let names = part.split("app.").skip(1).map(|rest| identifier(rest).to_owned()).collect();
            let raises = part.split("errcode = '").skip(1).filter_map(refusal).collect::<Vec<_>>();
            assert_eq!(raises.len(), part.matches("'AP4").count(), "{}: {}", file.display(), identifier(part));
            functions.insert(identifier(part).to_owned(), SqlFunction { raises: raises.into_iter().collect(), names });
        }
    }
    functions
}

/// Reads `AP409', message = 'no_free_seat'…`; none for PostgreSQL's own codes.
fn refusal(raise: &str) -> Option<Refusal> {
    let (sqlstate, rest) = raise.split_once("',").unwrap();
    let kind = Kind::from_sqlstate(sqlstate)?;
    let code = rest.trim_start().strip_prefix("message = '").expect("the message comes behind the errcode");
    Some((kind.status().as_u16(), identifier(code).to_owned()))
}

fn identifier(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// What a call can be refused with. `app.authorize` is left out: who may call says what it refuses.
fn reachable(functions: &BTreeMap<String, SqlFunction>, start: &str) -> BTreeSet<Refusal> {
    let (mut refusals, mut seen, mut ahead) = (BTreeSet::new(), BTreeSet::from(["authorize"]), vec![start]);
    while let Some(name) = ahead.pop() {
        if let Some(function) = functions.get(name).filter(|_| seen.insert(name)) {
            refusals.extend(function.raises.iter().cloned());
            ahead.extend(function.names.iter().map(String::as_str));
        }
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
        let codes = rust.split(&start).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        raised.extend(codes.map(|code| (status, identifier(code).to_owned())));
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
