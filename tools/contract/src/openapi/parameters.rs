//! What comes in beside the body: the variable part of the path, the query, headers.

use serde_json::{Map, Value, json};
use shared::{
    domain::{line::Line, month::Month, time::Hour, user::UserId},
    http::{
        in_path::InPath,
        routes::{Operation, SchemaOf},
    },
};
use uuid::Uuid;

use super::{examples::Example, schemas::Schemas};

/// Collections whose `{id}` is a UUID; other variable parts have a name of their own.
const BY_UUID: [&str; 5] = ["clusters", "hopsworks-accounts", "hopsworks-clusters", "invites", "parked-payments"];

/// API Gateway decodes paths twice, and cuts them: see `shared::http::in_path`.
const USER_IN_PATH: &str = "\
    The user's `id`. One of letters, digits, spaces, `| . _ - : @` and characters beyond ASCII stands as it is, \
    percent-encoded as any part of a path: `auth0%7Cann` for `auth0|ann`. Any other stands as `~` and the base64url of its \
    UTF-8, without padding, and every id may: `~YXV0aDB8YW5u`. The path may change other characters, so an id that could \
    have been meant for another user is refused as `id_ambiguous`.";

/// All parameters of an operation, each with its example if it has one.
pub fn of(operation: &Operation, example: &Example, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = in_path(operation.path, example, schemas);
    if let Some(query) = operation.query {
        parameters.extend(in_query(query, example, schemas));
    }
    if operation.idempotent {
        parameters.push(in_header("idempotency_key"));
    }
    if operation.takes_if_match() {
        parameters.push(in_header("if_match"));
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
        } else if name == "cluster_id" {
            (schemas.request_of::<Uuid>(), "The `id` of the Hopsworks cluster.")
        } else if name == "hour" {
            (schemas.request_of::<Hour>(), "The hour (UTC), as the list shows it.")
        } else if name == "month" {
            (schemas.request_of::<Month>(), "The month (UTC).")
        } else if name == "source" {
            (schemas.request_of::<InPath<Line<200>>>(), "The name of the source, in either form of a user's `id`.")
        } else {
            (schemas.request_of::<InPath<UserId>>(), USER_IN_PATH)
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
    let parameter = |(name, mut schema): (String, Value)| {
        let mut parameter = json!({ "name": name, "in": "query", "required": required.contains(&json!(name)) });
        let members = schema.as_object_mut().expect("a property has a schema");
        not_null(members);
        let own = members.shift_remove("description");
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
fn not_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(either)) = schema.shift_remove("anyOf") {
        let wanted = either.into_iter().find(|schema| schema["type"] != "null");
        schema.extend(wanted.as_ref().and_then(Value::as_object).cloned().unwrap_or_default());
    }
    if let Some(types) = schema.get("type").and_then(Value::as_array) {
        let wanted = types.iter().find(|name| **name != "null").cloned();
        schema["type"] = wanted.unwrap_or_default();
    }
}

fn in_header(name: &str) -> Value {
    let headers: Value = yaml_serde::from_str(include_str!("parameters.yaml")).expect("our own file is YAML");
    headers[name].clone()
}
