//! Every example of `openapi.yaml` is sent as it stands, and answered as it stands.

use axum::{
    http::{Method, header::ACCEPT},
    routing::MethodFilter,
};
use contract::openapi::{self, examples::Example};
use serde_json::Value;
use shared::http::routes::{Access, Operation};
use testkit::{TestRequest, TestResponse, World};
use uuid::Uuid;

use crate::fixtures::{self, Functions};

#[tokio::test]
async fn every_example_is_answered_as_it_says() {
    let examples = openapi::examples::read().unwrap();
    let mut wrong = Vec::new();
    let unchanged = Stage::set().await;
    for (_, routes) in openapi::functions() {
        for operation in routes.operations() {
            let own;
            let stage = if operation.method == MethodFilter::GET {
                &unchanged
            } else {
                own = Stage::set().await;
                &own
            };
            wrong.extend(differences(stage, operation, &examples[operation.id]).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where an example is played.
struct Stage {
    world: World,
    functions: Functions,
}

impl Stage {
    async fn set() -> Self {
        let world = fixtures::world().await;
        let functions = Functions::start(&world).await;
        fixtures::so_far(&world, &functions).await;
        Self { world, functions }
    }
}

async fn differences(stage: &Stage, operation: &Operation, example: &Example) -> Vec<String> {
    let function = stage.functions.of(operation.id);
    let mut differences = Vec::new();
    let response = function.send(request(&stage.world, operation, example)).await;
    if response.status != operation.status || !alike(&example.answer.clone().unwrap_or_default(), &response.json) {
        differences.push(format!("{}: {} {}", operation.id, response.status, response.text));
    }
    if operation.csv {
        let csv = function.send(request(&stage.world, operation, example).header(ACCEPT.as_str(), "text/csv")).await;
        if !alike_as_csv(example.csv.as_deref().unwrap_or_default(), &csv) {
            differences.push(format!("{} as CSV: {} {}", operation.id, csv.status, csv.text));
        }
    }
    differences
}

fn request(world: &World, operation: &Operation, example: &Example) -> TestRequest {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut path = operation.path.to_owned();
    for (name, value) in &example.path {
        path = path.replace(&format!("{{{name}}}"), &text(value).replace('|', "%7C"));
    }
    let query: Vec<(&String, String)> = example.query.iter().map(|(name, value)| (name, text(value))).collect();
    if !query.is_empty() {
        path = format!("{path}?{}", serde_urlencoded::to_string(query).unwrap());
    }
    let method = openapi::method(operation).unwrap().to_uppercase();
    let mut request = TestRequest::new(Method::from_bytes(method.as_bytes()).unwrap(), &path);
    if operation.idempotent {
        request = request.header("idempotency-key", &Uuid::new_v4().to_string());
    }
    if let Some(body) = &example.request {
        request = request.json(body);
    }
    if operation.access == Access::ActionOrUser {
        request.signed(world)
    } else {
        request.bearer(&fixtures::token(world, operation))
    }
}

/// Equal but for what is drawn again each time: ids, tokens.
fn alike(example: &Value, response: &Value) -> bool {
    match (example, response) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| alike(value, other)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| alike(left, right))
        }
        (Value::String(left), Value::String(right)) => alike_texts(left, right),
        _ => example == response,
    }
}

fn alike_texts(example: &str, response: &str) -> bool {
    let is_drawn = |text: &str| Uuid::parse_str(text).is_ok() || (text.len() == 43 && !text.contains([' ', '.', ',']));
    example == response || is_drawn(example) && is_drawn(response)
}

fn alike_as_csv(example: &str, response: &TestResponse) -> bool {
    let cells = |text: &str| text.lines().flat_map(|line| line.split(',').map(str::to_owned)).collect::<Vec<_>>();
    let (example, response) = (cells(example), cells(&response.text));
    example.len() == response.len() && example.iter().zip(&response).all(|(left, right)| alike_texts(left, right))
}
