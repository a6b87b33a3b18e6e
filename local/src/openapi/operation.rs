//! One operation: who may call, what comes in, what goes out.

use axum::{http::StatusCode, routing::MethodFilter};
use serde_json::{Map, Value, json};
use shared::{
    routes::{Operation, SchemaOf, Who},
    user::UserId,
};
use uuid::Uuid;

use super::{problems, schemas::Schemas};
use crate::trouble::{Result, Trouble};

/// Collections whose `{id}` is a UUID; other variable parts are users' ids.
const BY_UUID: [&str; 3] = ["clusters", "hopsworks-clusters", "invites"];

/// Describes it, and leaves the types it names in `schemas`.
pub fn describe(function: &str, operation: &Operation, schemas: &mut Schemas) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "tags": [function],
        "summary": operation.summary,
        "description": who(operation.who),
        "security": security(operation.who),
    });
    let mut parameters = path_parameters(operation.path, schemas);
    if let Some(query) = operation.query {
        parameters.extend(query_parameters(query, schemas));
    }
    if operation.idempotent {
        parameters.push(idempotency_key());
    }
    if operation.takes_if_match() {
        parameters.push(if_match());
    }
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        described["requestBody"] = request_body(operation.who, schemas.request(body));
    }
    let mut responses = Map::new();
    responses.insert(operation.status.to_string(), success(operation, schemas));
    responses.extend(problems::answers(operation));
    described["responses"] = responses.into();
    described
}

/// The method as a path item names it.
///
/// # Errors
/// When it is one that no operation is made with.
pub fn method(operation: &Operation) -> Result<&'static str> {
    match operation.method {
        MethodFilter::GET => Ok("get"),
        MethodFilter::POST => Ok("post"),
        MethodFilter::PATCH => Ok("patch"),
        MethodFilter::DELETE => Ok("delete"),
        method => Err(Trouble::new(format!("{} has a method without a name: {method:?}", operation.path))),
    }
}

/// How callers prove who they are.
pub fn security_schemes() -> Value {
    let header = |name: &str, description: &str| json!({ "type": "apiKey", "in": "header", "name": name, "description": description });
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token that Auth0 issued to a person for this API.",
        },
        "webhook_id": header("webhook-id", "The same for every attempt at one message (Standard Webhooks)."),
        "webhook_timestamp": header("webhook-timestamp", "When it was sent, in seconds; at most five minutes from now."),
        "webhook_signature": header(
            "webhook-signature",
            "`v1,` and the base64 of HMAC-SHA-256 over `<webhook-id>.<webhook-timestamp>.<raw body>`.",
        ),
    })
}

fn who(who: Who) -> String {
    match who {
        Who::ActionOrUser => "For the Auth0 Action, by its signature, or a signed-in user for herself.".to_owned(),
        Who::User => "For a signed-in user.".to_owned(),
        Who::AccountOwner => "For an account owner: not a member of a team.".to_owned(),
        Who::Admin => "For an administrator.".to_owned(),
        Who::Machine(permission) => format!("For a machine with the permission `{permission}`."),
        Who::MachineOrAdmin(permission) => {
            format!("For a machine with the permission `{permission}`, or an administrator.")
        }
    }
}

fn security(who: Who) -> Value {
    match who {
        Who::ActionOrUser => json!([
            { "webhook_id": [], "webhook_timestamp": [], "webhook_signature": [] },
            { "bearer": [] },
        ]),
        _ => json!([{ "bearer": [] }]),
    }
}

fn path_parameters(path: &str, schemas: &mut Schemas) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut parameters = Vec::new();
    for pair in segments.windows(2) {
        let Some(name) = pair[1].strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
        let is_uuid = name == "id" && BY_UUID.contains(&pair[0]);
        let schema = if is_uuid { schemas.request_of::<Uuid>() } else { schemas.request_of::<UserId>() };
        parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    parameters
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": true,
        "description": "The caller's own name for this write, the same whenever it is sent again: then the first answer \
                        comes back, and nothing is written. It is bound to the body, for as long as the ledger lives.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of an earlier answer: then nothing is changed unless it is still so. `*` asks for \
                        nothing, and a weak tag never matches.",
        "schema": { "type": "string" },
    })
}

fn query_parameters(query: SchemaOf, schemas: &mut Schemas) -> Vec<Value> {
    let query = schemas.request(query);
    let required = query["required"].as_array().cloned().unwrap_or_default();
    let properties = query["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, schema): (String, Value)| {
        let is_required = required.contains(&json!(name));
        json!({ "name": name, "in": "query", "required": is_required, "schema": not_null(schema) })
    };
    properties.into_iter().map(parameter).collect()
}

/// In a query, what is not wanted is left out: there is no null.
fn not_null(mut schema: Value) -> Value {
    if let Some(either) = schema.get("anyOf").and_then(Value::as_array) {
        return either.iter().find(|schema| schema["type"] != "null").cloned().unwrap_or_default();
    }
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        schema["type"] = types.iter().find(|name| **name != "null").cloned().unwrap_or_default();
    }
    schema
}

fn request_body(who: Who, schema: Value) -> Value {
    if who != Who::ActionOrUser {
        return json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    let nothing = json!({ "type": "object", "maxProperties": 0, "additionalProperties": false });
    json!({
        "description": "With a signature: what happened. With a bearer token: nothing, or an empty object, because the \
                        token says it all.",
        "content": { "application/json": { "schema": { "anyOf": [schema, nothing] } } },
    })
}

fn success(operation: &Operation, schemas: &mut Schemas) -> Value {
    let status = StatusCode::from_u16(operation.status).ok();
    let mut answer = json!({
        "description": status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
        "headers": { "x-request-id": { "$ref": "#/components/headers/RequestId" } },
    });
    if let Some(schema_of) = operation.answer {
        answer["content"] = json!({ "application/json": { "schema": schemas.answer(schema_of) } });
    }
    if operation.csv {
        answer["content"]["text/csv"] = json!({ "schema": { "type": "string" } });
        answer["headers"]["link"] = json!({ "$ref": "#/components/headers/Link" });
    }
    if operation.tagged {
        answer["headers"]["etag"] = json!({ "$ref": "#/components/headers/ETag" });
    }
    if operation.idempotent {
        answer["headers"]["idempotent-replay"] = json!({ "$ref": "#/components/headers/IdempotentReplay" });
    }
    answer
}
