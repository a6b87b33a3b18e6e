//! What comes in beside the body: the variable part of the path, the query, headers.

use serde_json::{Map, Value, json};
use shared::{
    domain::user::UserId,
    http::routes::{Operation, SchemaOf},
};
use uuid::Uuid;

use super::{examples::Example, schemas::Schemas};

/// Collections whose `{id}` is a UUID; other variable parts are users' ids.
const BY_UUID: [&str; 3] = ["clusters", "hopsworks-clusters", "invites"];

/// All parameters of an operation, each with its example if it has one.
pub fn of(operation: &Operation, example: &Example, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = in_path(operation.path, example, schemas);
    if let Some(query) = operation.query {
        parameters.extend(in_query(query, example, schemas));
    }
    if operation.idempotent {
        parameters.push(idempotency_key());
    }
    if operation.takes_if_match() {
        parameters.push(if_match());
    }
    parameters
}

fn in_path(path: &str, example: &Example, schemas: &mut Schemas) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let mut parameters = Vec::new();
    for pair in segments.windows(2) {
        let Some(name) = pair[1].strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { continue };
        let is_uuid = name == "id" && BY_UUID.contains(&pair[0]);
        let (schema, description) = if is_uuid {
            (schemas.request_of::<Uuid>(), "Its `id`, as the list of its kind shows it.")
        } else {
            (schemas.request_of::<UserId>(), "The user's `id`, percent-encoded: `auth0%7Cann` for `auth0|ann`.")
        };
        let mut parameter =
            json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema });
        exemplify(&mut parameter, example.path.get(name));
        parameters.push(parameter);
    }
    parameters
}

fn in_query(query: SchemaOf, example: &Example, schemas: &mut Schemas) -> Vec<Value> {
    let query = schemas.request(query);
    let required = query["required"].as_array().cloned().unwrap_or_default();
    let properties = query["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, schema): (String, Value)| {
        let is_required = required.contains(&json!(name));
        let mut schema = not_null(schema);
        let mut parameter = json!({ "name": name, "in": "query", "required": is_required });
        let own = schema.as_object_mut().and_then(|schema| schema.shift_remove("description"));
        if let Some(description) = own.or_else(|| schemas.description_of_request(&schema)) {
            parameter["description"] = description;
        }
        parameter["schema"] = schema;
        exemplify(&mut parameter, example.query.get(&name));
        parameter
    };
    properties.into_iter().map(parameter).collect()
}

fn exemplify(parameter: &mut Value, example: Option<&Value>) {
    if let Some(example) = example {
        parameter["example"] = example.clone();
    }
}

/// In a query, what is not wanted is left out: there is no null.
fn not_null(mut schema: Value) -> Value {
    let either = schema.as_object_mut().and_then(|schema: &mut Map<_, _>| schema.shift_remove("anyOf"));
    if let Some(either) = either {
        let wanted = either.as_array().into_iter().flatten().find(|schema| schema["type"] != "null").cloned();
        if let Some(Value::Object(wanted)) = wanted
            && let Some(schema) = schema.as_object_mut()
        {
            schema.extend(wanted);
        }
    }
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        schema["type"] = types.iter().find(|name| **name != "null").cloned().unwrap_or_default();
    }
    schema
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": true,
        "description": "The caller's own name for this write, the same whenever it is sent again: then the first answer \
                        comes back, and nothing is written. It is bound to the body, for as long as the ledger lives.",
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        "example": "6f1c1c5e-9a52-4b8e-9d06-0d7a3a2f4b11",
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of an earlier answer: then nothing is changed unless it is still so. `*` asks for \
                        nothing, and a weak tag never matches.",
        "schema": {
            "type": "string",
            "pattern": r#"^(\*|(W/)?"[!#-~]*")$"#,
        },
        "example": "*",
    })
}
