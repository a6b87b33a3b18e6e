//! The headers of answers.

use serde_json::{Map, Value, json};
use shared::http::routes::Operation;

/// Each by the name of its component: when an answer carries it, and what is in it.
pub fn components() -> Value {
    let always =
        |description: &str, schema: Value| json!({ "description": description, "required": true, "schema": schema });
    let sometimes = |description: &str, schema: Value| json!({ "description": description, "schema": schema });
    let text = || json!({ "type": "string" });
    json!({
        "Allow": always("The methods that this address takes.", text()),
        "ContentDisposition": sometimes("With CSV, the name to save it under.", text()),
        "ETag": always(
            "The strong tag of what is stored now, for `If-Match`.",
            json!({ "type": "string", "pattern": "^\"[^\" ]+\"$" }),
        ),
        "IdempotentReplay": sometimes(
            "`true` when this key had been used before: the answer is the first one.",
            json!({ "type": "string", "const": "true" }),
        ),
        "Link": sometimes("With CSV, where the rows go on (`rel=\"next\"`), if they do.", text()),
        "RequestId": always(
            "The id under which this request stands in our log.",
            json!({ "type": "string", "minLength": 1 }),
        ),
        "RetryAfter": always("After how many seconds to try again.", json!({ "type": "integer", "minimum": 1 })),
        "Vary": sometimes("With CSV, `accept`: the same address answers as JSON too.", text()),
        "WwwAuthenticate": always("How to sign in.", json!({ "type": "string", "const": "Bearer" })),
    })
}

/// Those of an operation's success.
pub fn of_success(operation: &Operation) -> Map<String, Value> {
    let mut headers = of_every_answer();
    if operation.csv {
        headers.insert("content-disposition".to_owned(), reference("ContentDisposition"));
        headers.insert("link".to_owned(), reference("Link"));
        headers.insert("vary".to_owned(), reference("Vary"));
    }
    if operation.etag {
        headers.insert("etag".to_owned(), reference("ETag"));
    }
    if operation.idempotent {
        headers.insert("idempotent-replay".to_owned(), reference("IdempotentReplay"));
    }
    headers
}

/// Those of a failure of this status.
pub fn of_failure(status: u16) -> Map<String, Value> {
    let mut headers = of_every_answer();
    let more = match status {
        401 => Some(("www-authenticate", "WwwAuthenticate")),
        405 => Some(("allow", "Allow")),
        503 => Some(("retry-after", "RetryAfter")),
        _ => None,
    };
    headers.extend(more.map(|(header, component)| (header.to_owned(), reference(component))));
    headers
}

fn of_every_answer() -> Map<String, Value> {
    Map::from_iter([("x-request-id".to_owned(), reference("RequestId"))])
}

fn reference(component: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{component}") })
}
