//! Every example of `openapi.yaml` is sent as it stands, and answered as it stands.

use axum::{http::header::ACCEPT, routing::MethodFilter};
use contract::openapi::{self, examples::Example};
use serde_json::{Value, json};
use shared::http::routes::{Access, Operation};
use testkit::{TestRequest, World};
use tests::{fixtures, operations};
use uuid::Uuid;

#[tokio::test]
async fn every_example_is_answered_as_it_says() {
    let examples = openapi::examples::read().unwrap();
    let mut wrong = Vec::new();
    let unchanged = fixtures::so_far().await;
    for (function, operation) in &operations() {
        let changed;
        let (world, functions) = if operation.method == MethodFilter::GET {
            &unchanged
        } else {
            changed = fixtures::so_far().await;
            &changed
        };
        let example = &examples[operation.id];
        let request = request(world, operation, example);
        let response = functions.send(function, request.clone()).await;
        let answer = example.answer.clone().unwrap_or_default();
        if response.status != operation.status || without_drawn(&answer) != without_drawn(&response.json) {
            wrong.push(format!("{}: {} {}", operation.id, response.status, response.text));
        }
        if operation.csv {
            let csv = functions.send(function, request.header(ACCEPT.as_str(), "text/csv")).await;
            if cells(example.csv.as_deref().unwrap_or_default()) != cells(&csv.text) {
                wrong.push(format!("{} as CSV: {} {}", operation.id, csv.status, csv.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As somebody who may call the operation.
fn request(world: &World, operation: &Operation, example: &Example) -> TestRequest {
    let request = fixtures::request(operation, example);
    let token = match (operation.access, operation.id) {
        (Access::ActionOrUser, _) => return request.signed(world),
        (Access::Machine(permission) | Access::MachineOrAdmin(permission), _) => world.machine_token(&[permission]),
        (Access::Admin, _) | (_, "assign_user") => world.token("auth0|admin"),
        (_, "accept_invite") => world.token_with_email("auth0|eve", "eve@example.com"),
        (Access::User | Access::AccountOwner, _) => world.token_with_email("auth0|ann", "ann@example.com"),
    };
    request.bearer(&token)
}

/// All but what is drawn again each time: ids, tokens.
fn without_drawn(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), without_drawn(value))).collect(),
        Value::Array(items) => items.iter().map(without_drawn).collect(),
        Value::String(text) if is_drawn(text) => json!("drawn"),
        _ => value.clone(),
    }
}

fn is_drawn(text: &str) -> bool {
    Uuid::parse_str(text).is_ok() || (text.len() == 43 && !text.contains([' ', '.', ',']))
}

fn cells(csv: &str) -> Vec<&str> {
    let cells = csv.lines().flat_map(|line| line.split(','));
    cells.map(|cell| if is_drawn(cell) { "drawn" } else { cell }).collect()
}
