//! One operation: who may call, what comes in, what goes out.

use anyhow::{Result, anyhow};
use axum::{http::StatusCode, routing::MethodFilter};
use serde_json::{Map, Value, json};
use shared::http::routes::{Access, Operation};

use super::{examples::Example, headers, parameters, problems, schemas::Schemas, security};

/// Describes it, and leaves the types it names in `schemas`.
pub fn describe(function: &str, operation: &Operation, example: &Example, schemas: &mut Schemas) -> Value {
    let (who, requirements) = security::of(operation.access);
    let mut described = json!({
        "operationId": operation.id,
        "tags": [function],
        "summary": operation.summary,
        "description": who,
        "security": requirements,
    });
    let parameters = parameters::of(operation, example, schemas);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = operation.body {
        described["requestBody"] = request_body(operation, schemas.request(body), example);
    }
    let mut responses = Map::new();
    responses.insert(operation.status.to_string(), success(operation, example, schemas));
    responses.extend(problems::answers(operation));
    described["responses"] = responses.into();
    described
}

/// The method as a path item names it.
pub fn method(operation: &Operation) -> Result<&'static str> {
    match operation.method {
        MethodFilter::GET => Ok("get"),
        MethodFilter::POST => Ok("post"),
        MethodFilter::PUT => Ok("put"),
        MethodFilter::PATCH => Ok("patch"),
        MethodFilter::DELETE => Ok("delete"),
        method => Err(anyhow!("{} has a method without a name: {method:?}", operation.path)),
    }
}

fn request_body(operation: &Operation, schema: Value, example: &Example) -> Value {
    let example = &example.request;
    if operation.access != Access::ActionOrPerson {
        let media = json!({ "schema": schema, "example": example });
        let mut content = json!({ "application/json": media });
        if operation.method == MethodFilter::PATCH {
            content["application/merge-patch+json"] = media;
        }
        return json!({ "required": operation.access != Access::Person, "content": content });
    }
    let nothing = json!({ "type": "object", "maxProperties": 0, "additionalProperties": false });
    json!({
        "description": "With a signature: what happened. With a bearer token: nothing, or an empty object, because the \
                        token says it all.",
        "content": { "application/json": { "schema": { "anyOf": [schema, nothing] }, "example": example } },
    })
}

fn success(operation: &Operation, example: &Example, schemas: &mut Schemas) -> Value {
    let status = StatusCode::from_u16(operation.status).ok();
    let mut answer = json!({
        "description": status.and_then(|status| status.canonical_reason()).unwrap_or_default(),
        "headers": headers::of_success(operation),
    });
    if let Some(schema_of) = operation.response {
        answer["content"] =
            json!({ "application/json": { "schema": schemas.answer(schema_of), "example": example.answer } });
    }
    if operation.csv {
        answer["content"]["text/csv"] = json!({ "schema": { "type": "string" }, "example": example.csv });
    }
    answer
}
