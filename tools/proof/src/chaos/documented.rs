//! Which responses are right: what `openapi.yaml` says of an operation, without what only a wrong request deserves.

use std::sync::LazyLock;

use axum::{http::header::RETRY_AFTER, routing::MethodFilter};
use contract::openapi;
use shared::http::routes::Operation;
use testkit::{TestRequest, TestResponse};

/// Codes that a good request of a permitted caller never gets, whatever happens meanwhile.
const NEVER: [&str; 6] =
    ["unauthorized", "person_only", "permission_missing", "admin_only", "body_too_large", "body_not_json"];

static OPERATIONS: LazyLock<Vec<Operation>> =
    LazyLock::new(|| openapi::functions().iter().flat_map(|(_, routes)| routes.operations().to_vec()).collect());

/// The operation that is asked for.
pub fn operation(request: &TestRequest) -> Option<&'static Operation> {
    let path = request.path.split('?').next().unwrap_or_default();
    let method = MethodFilter::try_from(request.method.clone()).ok()?;
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        let mut pairs = pattern.iter().zip(&parts);
        pattern.len() == parts.len() && pairs.all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    let fitting = OPERATIONS.iter().filter(|operation| operation.method == method && fits(operation.path));
    // The exact one wins: `/api/clusters/assign` is not a cluster of that id.
    fitting.max_by_key(|operation| operation.path == path)
}

/// What is wrong with a function's response, if anything is.
pub fn fault_of(request: &TestRequest, response: &TestResponse) -> Option<String> {
    let Some(operation) = operation(request) else { return Some("there is no such operation".to_owned()) };
    let code = response.json["code"].as_str().unwrap_or_default();
    let is_documented = || {
        let mut refusals = openapi::refusals(operation).into_iter();
        let is_told = refusals.any(|(kind, known)| kind.status().as_u16() == response.status && known == code);
        is_told && !NEVER.contains(&code) && !code.starts_with("invalid_")
    };
    match response.status {
        503 if !response.headers.contains_key(RETRY_AFTER) => Some("a 503 without Retry-After".to_owned()),
        503 if code == "unavailable" => None,
        status if status == operation.status => None,
        400..500 if is_documented() => None,
        status => Some(format!("{status} {code} is not a right response")),
    }
}
