//! The published description of the API, made from the routes and types of all functions.

pub mod examples;
mod headers;
mod operation;
mod parameters;
mod problems;
mod schemas;
mod security;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use shared::app::Routes;

use self::schemas::Schemas;
pub use self::{operation::method, problems::refusals};

/// Where it lies in the checkout.
pub const FILE: &str = "openapi.yaml";

const HEADING: &str = "# Made by `make openapi` from the routes and types of functions/. Do not edit.\n";

const CONVENTIONS: &str = "\
Users, their seats on Hopsworks clusters, their teams, what they use, and what their accounts owe.

- Bodies are JSON of at most 1 MiB. Money and quantities are strings of decimals (`\"12.50\"`), times are RFC 3339 in UTC.
- Requests with unknown fields are refused. Answers may gain fields: ignore those you do not know.
- In a `PATCH`, what is absent stays as it is.
- Lists are newest first, in pages of `limit` items. `next_cursor` of an answer is the `cursor` of the next request; it
  is `null` on the last page.
- A failure is `application/problem+json` (RFC 9457). Programs compare its `code`, people read its `detail`, and `errors`
  names the fields that are wrong. An address that does not exist is 404 `route_unknown`, a method that it does not take
  is 405 `method_not_allowed` with `Allow`.
- With `Accept: text/csv` the lists that say so answer as CSV: all of it or, where that is too much, with a `Link` to the
  rest. A text that a spreadsheet would run begins with an apostrophe.
- A 503 says in `Retry-After` when to try again. Every answer carries `x-request-id`.
";

/// Every function with its routes, in the order in which they are published.
pub fn functions() -> [(&'static str, Routes); 6] {
    [
        (sync_user::NAME, sync_user::routes()),
        (admin_users::NAME, admin_users::routes()),
        (assign_cluster::NAME, assign_cluster::routes()),
        (team::NAME, team::routes()),
        (credits::NAME, credits::routes()),
        (usage::NAME, usage::routes()),
    ]
}

/// The file as the types want it.
///
/// # Errors
/// When a type reads as one thing and writes as another under one name, two routes are the same, or an operation has no
/// example.
pub fn yaml() -> Result<String> {
    let document = yaml_serde::to_string(&document()?)?;
    Ok(format!("{HEADING}{document}"))
}

/// The document itself.
///
/// # Errors
/// As `yaml`.
pub fn document() -> Result<Value> {
    let mut schemas = Schemas::new();
    let examples = examples::read()?;
    let (mut paths, mut tags) = (Map::new(), Vec::new());
    for (function, routes) in functions() {
        tags.push(json!({ "name": function, "description": about(function) }));
        for operation in routes.operations() {
            let method = method(operation)?;
            let example = examples.get(operation.id);
            let example = example.ok_or_else(|| anyhow!("{} has no example", operation.id))?;
            let described = operation::describe(function, operation, example, &mut schemas);
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            if !path[method].is_null() {
                bail!("{method} {} is there twice", operation.path);
            }
            path[method] = described;
        }
    }
    let problems = problems::components(&mut schemas);
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Back office of a hosted Hopsworks",
            "version": env!("CARGO_PKG_VERSION"),
            "description": CONVENTIONS,
        },
        "servers": [{
            "url": "{origin}",
            "description": "The API Gateway, or the local one of `make dev`",
            "variables": { "origin": { "default": "http://127.0.0.1:9000" } },
        }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": security::schemes(),
            "headers": headers::components(),
            "responses": problems,
            "schemas": schemas.finish()?,
        },
    }))
}

/// What a function is for, as its tag says it.
fn about(function: &str) -> &'static str {
    match function {
        sync_user::NAME => "Logins, and what users may know about themselves.",
        admin_users::NAME => "Users as administrators see and change them; the audit log; the invariants.",
        assign_cluster::NAME => "Seats, Hopsworks clusters, and users' own deployments.",
        team::NAME => "An account owner's team: invites and members.",
        credits::NAME => "What an account has, and its ledger.",
        usage::NAME => "What users consumed, and what it costs.",
        _ => "",
    }
}
