//! The failing answers: which codes an operation refuses with, beside those it declares.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};
use shared::{
    error::Kind,
    http::{
        problem::Problem,
        routes::{Access, Operation},
    },
};

use super::{headers, schemas::Schemas};

/// Answers that are the same everywhere, with the name of the component and their codes.
const SHARED: [(u16, &str, &[&str]); 5] = [
    (401, "Unauthorized", &["unauthorized"]),
    (413, "BodyTooLarge", &["body_too_large"]),
    (415, "UnsupportedMediaType", &["body_not_json", "content_encoding_unsupported"]),
    (500, "InternalError", &["internal_error"]),
    (503, "Unavailable", &["unavailable"]),
];

/// What is answered where there is no operation, by address or by method.
const OF_NO_OPERATION: [(u16, &str, &[&str]); 2] =
    [(404, "RouteUnknown", &["route_unknown"]), (405, "MethodNotAllowed", &["method_not_allowed"])];

/// Every code that an operation can refuse with.
pub fn refusals(operation: &Operation) -> Vec<(Kind, &'static str)> {
    let mut refusals = Vec::new();
    let mut refuses = |kind, codes: &[&'static str]| refusals.extend(codes.iter().map(|code| (kind, *code)));
    if operation.path.contains('{') {
        refuses(Kind::Invalid, &["invalid_path"]);
    }
    if operation.query.is_some() {
        refuses(Kind::Invalid, &["invalid_query"]);
    }
    if operation.body.is_some() {
        refuses(Kind::Invalid, &["body_unreadable", "invalid_body", "invalid_json"]);
        refuses(Kind::TooLarge, &["body_too_large"]);
        refuses(Kind::UnsupportedMediaType, &["body_not_json", "content_encoding_unsupported"]);
    }
    if operation.idempotent {
        refuses(Kind::Invalid, &["invalid_idempotency_key"]);
    }
    if operation.takes_if_match() {
        refuses(Kind::Invalid, &["invalid_if_match"]);
    }
    refuses(Kind::Unauthorized, &["unauthorized"]);
    if operation.access == Access::Stripe {
        refuses(Kind::NotFound, &["stripe_not_connected"]);
        refuses(Kind::Conflict, &["livemode_differs"]);
        refusals.extend(&operation.errors);
        return refusals;
    }
    refuses(Kind::Forbidden, &["subject_unusable"]);
    if !matches!(operation.access, Access::Machine(_) | Access::MachineOrAdmin(_)) {
        refuses(Kind::Forbidden, &["person_only"]);
    }
    // A login is how a user becomes known, so its function does not ask `authorize`; nor need machines be.
    if !matches!(operation.access, Access::ActionOrPerson | Access::Person | Access::Machine(_)) {
        refuses(Kind::Forbidden, &["account_deleted", "account_unknown"]);
        if operation.access != Access::UserOrSuspended {
            refuses(Kind::Forbidden, &["account_suspended"]);
        }
    }
    match operation.access {
        Access::AccountOwner => refuses(Kind::Forbidden, &["account_owner_only"]),
        Access::Admin => refuses(Kind::Forbidden, &["admin_only"]),
        Access::Machine(_) => refuses(Kind::Forbidden, &["permission_missing"]),
        Access::MachineOrAdmin(_) => refuses(Kind::Forbidden, &["admin_only", "permission_missing"]),
        Access::ActionOrPerson
        | Access::Stripe
        | Access::Person
        | Access::User
        | Access::UserOrSuspendedOwner
        | Access::UserOrSuspended => {}
    }
    refusals.extend(&operation.errors);
    refusals
}

/// The failing answers of an operation, by status.
pub fn answers(operation: &Operation) -> Map<String, Value> {
    let mut by_status = BTreeMap::from([(500, Vec::new()), (503, Vec::new())]);
    for (kind, code) in refusals(operation) {
        by_status.entry(kind.status().as_u16()).or_insert_with(Vec::new).push(code);
    }
    let answer = |(status, mut codes): (u16, Vec<&str>)| {
        codes.sort_unstable();
        let shared = SHARED.iter().find(|(shared, ..)| *shared == status);
        let answer = match shared {
            Some((_, name, _)) => json!({ "$ref": format!("#/components/responses/{name}") }),
            None => problem(status, &codes),
        };
        (status.to_string(), answer)
    };
    by_status.into_iter().map(answer).collect()
}

/// The components that `answers` points to, and the two answers that belong to no operation.
pub fn components(schemas: &mut Schemas) -> Value {
    // Names the component that `problem` points to.
    schemas.answer(SchemaGenerator::subschema_for::<Problem<'static>>);
    let component = |(status, name, codes): (u16, &str, &[&str])| (name.to_owned(), problem(status, codes));
    Value::Object(SHARED.into_iter().chain(OF_NO_OPERATION).map(component).collect())
}

fn problem(status: u16, codes: &[&str]) -> Value {
    let code = json!({ "properties": { "code": { "enum": codes } } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, code] });
    json!({
        "description": meaning(status),
        "headers": headers::of_failure(status),
        "content": { "application/problem+json": { "schema": schema, "example": example(status, codes) } },
    })
}

fn example(status: u16, codes: &[&str]) -> Value {
    let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut problem = json!({
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": codes.first(),
        "detail": meaning(status),
        "request_id": "b5f0c2de-6a53-4a61-a2d9-3d0d4f7f1f3c",
    });
    if status == 400 {
        problem["errors"] = json!([{ "field": "limit", "reason": "must be a number from 1 to 200" }]);
    }
    problem
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "Something in the request is wrong; `errors` names it.",
        401 => "The token or the signature is missing or not good.",
        403 => "The caller may not do this.",
        404 => "It does not exist, or is not the caller's.",
        405 => "This address does not take this method.",
        409 => "Not as things are now.",
        412 => "Things have changed since the caller looked.",
        413 => "The body is larger than 1 MiB, or a login than 64 KiB.",
        415 => "The body does not say that it is JSON in UTF-8, or it is compressed.",
        500 => "Our fault; it has been logged.",
        503 => "Not right now; try again.",
        _ => "Refused.",
    }
}
