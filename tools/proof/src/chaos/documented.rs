//! Which answers are right: what `openapi.yaml` says of an operation, without what only a wrong request deserves.

use axum::http::header::RETRY_AFTER;
use shared::http::routes::Operation;

use anyhow::Result;
use contract::openapi;
use testkit::{TestRequest, TestResponse};

/// What a good request of somebody who may do it is never told, whatever happens meanwhile.
const NEVER: [&str; 6] =
    ["unauthorized", "person_only", "permission_missing", "admin_only", "body_too_large", "body_not_json"];

/// One operation, as far as answers are judged by it.
#[derive(Debug)]
struct Known {
    method: String,
    path: &'static str,
    id: &'static str,
    status: u16,
    refusals: Vec<(u16, &'static str)>,
}

/// The operations of all functions.
#[derive(Debug)]
pub struct Contract(Vec<Known>);

impl Contract {
    /// # Errors
    /// When an operation has a method without a name.
    pub fn read() -> Result<Self> {
        let known = |operation: &Operation| {
            let refusals = openapi::refusals(operation).into_iter();
            let refusals = refusals.filter(|(_, code)| !NEVER.contains(code) && !code.starts_with("invalid_"));
            Ok(Known {
                method: openapi::method(operation)?.to_uppercase(),
                path: operation.path,
                id: operation.id,
                status: operation.status,
                refusals: refusals.map(|(kind, code)| (kind.status().as_u16(), code)).collect(),
            })
        };
        let functions = openapi::functions();
        functions.iter().flat_map(|(_, routes)| routes.operations()).map(known).collect::<Result<_>>().map(Self)
    }

    /// The id of the operation that is asked for.
    pub fn operation(&self, ask: &TestRequest) -> &'static str {
        self.find(ask).map_or("", |known| known.id)
    }

    /// What is wrong with an answer, if anything is.
    pub fn fault_of(&self, ask: &TestRequest, answer: &TestResponse) -> Option<String> {
        let Some(known) = self.find(ask) else {
            return Some("there is no such operation".to_owned());
        };
        let code = answer.json["code"].as_str().unwrap_or_default();
        match answer.status {
            503 if !answer.headers.contains_key(RETRY_AFTER) => Some("a 503 without Retry-After".to_owned()),
            503 if code == "unavailable" => None,
            status if status == known.status => None,
            400..500 if known.refusals.contains(&(answer.status, code)) => None,
            status => Some(format!("{status} {code} is not a right answer")),
        }
    }

    fn find(&self, ask: &TestRequest) -> Option<&Known> {
        let path = ask.path().split('?').next().unwrap_or_default();
        let (method, parts): (_, Vec<&str>) = (ask.method().as_str(), path.split('/').collect());
        let fits = |pattern: &str| {
            let pattern: Vec<&str> = pattern.split('/').collect();
            let mut pairs = pattern.iter().zip(&parts);
            pattern.len() == parts.len() && pairs.all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
        };
        // The exact ones first: `/api/clusters/assign` is not a cluster of that id.
        let exact = self.0.iter().find(|known| known.method == method && known.path == path);
        exact.or_else(|| self.0.iter().find(|known| known.method == method && fits(known.path)))
    }
}
