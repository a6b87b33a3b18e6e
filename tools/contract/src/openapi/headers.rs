//! The headers of answers.

use serde_json::{Map, Value, json};
use shared::http::routes::Operation;

/// Those of an operation's success.
pub fn of_success(operation: &Operation) -> Value {
    with([
        (operation.csv, "content-disposition", "ContentDisposition"),
        (operation.csv, "link", "Link"),
        (operation.csv, "vary", "Vary"),
        (operation.etag, "etag", "ETag"),
        (operation.idempotent, "idempotent-replay", "IdempotentReplay"),
    ])
}

/// Those of a failure of this status.
pub fn of_failure(status: u16) -> Value {
    with([
        (status == 401, "www-authenticate", "WwwAuthenticate"),
        (status == 405, "allow", "Allow"),
        (status == 503, "retry-after", "RetryAfter"),
    ])
}

/// Those of every answer, and those that it has: each with its component.
fn with<const N: usize>(headers: [(bool, &str, &str); N]) -> Value {
    let of_all = [(true, "x-request-id", "RequestId"), (true, "cache-control", "CacheControl")];
    let headers = of_all.into_iter().chain(headers).filter(|(has, ..)| *has);
    let reference = |component| json!({ "$ref": format!("#/components/headers/{component}") });
    Value::Object(headers.map(|(_, name, component)| (name.to_owned(), reference(component))).collect::<Map<_, _>>())
}
