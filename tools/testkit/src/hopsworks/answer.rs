//! What comes to a Hopsworks server, and the forms of what it answers: JSON, or a refusal with its code.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    response::Response,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::percent::decoded;

const BASE: &str = "/hopsworks-api/api";
const MAX_BODY_BYTES: usize = 1 << 20;

/// A request, read to its end.
pub struct Asked {
    pub method: String,
    /// Behind the base, as it was sent, without the query; empty elsewhere.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

impl Asked {
    /// Nothing if the client ended before its request did.
    pub async fn read(request: Request) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let path = parts.uri.path().strip_prefix(BASE).unwrap_or_default();
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        Some(Self {
            method: parts.method.to_string(),
            path: path.to_owned(),
            query: query.into_owned().collect(),
            authorization: header(AUTHORIZATION),
            content_type: header(CONTENT_TYPE),
            body: to_bytes(body, MAX_BODY_BYTES).await.ok()?.to_vec(),
        })
    }

    /// What a parameter of the query says, if anything.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.query.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that is a whole number, or of a kind that has names: what it cannot be is no page of this server.
    pub fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
        self.parameter(name).map(|text| parse(text).ok_or(NO_SUCH_PAGE)).transpose()
    }

    /// The parts of the path, decoded.
    pub fn segments(&self) -> Option<Vec<String>> {
        self.path.trim_matches('/').split('/').map(decoded).collect()
    }

    pub fn json(&self) -> Result<Value, Refusal> {
        if !self.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(NO_JSON);
        }
        serde_json::from_slice(&self.body).map_err(|error| MALFORMED.because(error.to_string()))
    }
}

/// Why a request is not done.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: u16,
    code: u32,
    message: &'static str,
    for_user: Option<String>,
}

impl Refusal {
    pub const fn new(status: u16, code: u32, message: &'static str) -> Self {
        Self { status, code, message, for_user: None }
    }

    /// The same, with the server's own words about this case.
    pub fn because(self, words: impl Into<String>) -> Self {
        Self { for_user: Some(words.into()), ..self }
    }

    pub fn response(self) -> Response {
        let mut body = json!({ "errorCode": self.code, "errorMsg": self.message });
        if let Some(words) = self.for_user {
            body["usrMsg"] = json!(words);
        }
        let mut response = written(self.status, &body);
        if self.status == 401 {
            let realm = "Bearer realm=\"Hopsworks\"".parse().expect("a header");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        response
    }
}

pub const NO_SUCH_PAGE: Refusal = Refusal::new(404, 120_004, "Web application exception occurred");
pub const NO_JSON: Refusal = Refusal::new(415, 120_004, "Web application exception occurred");
pub const MALFORMED: Refusal = Refusal::new(422, 120_001, "An argument was not provided or it was malformed.");
/// What its programmers did not think of.
pub const UNKNOWN_ERROR: Refusal = Refusal::new(500, 120_000, "A generic error occurred.");
pub const ILLEGAL_STATE: Refusal = Refusal::new(400, 120_002, "A runtime error occurred.");
pub const INVALID_QUERY: Refusal = Refusal::new(404, 310_000, "Invalid query.");
pub const UNAUTHORIZED: Refusal = Refusal::new(401, 200_003, "Unauthorized invocation");
pub const KEY_NOT_FOUND: Refusal = Refusal::new(401, 320_002, "Api key not found");
pub const NO_VALID_ROLE: Refusal = Refusal::new(403, 320_003, "No valid role found for this invocation");
pub const NO_VALID_SCOPE: Refusal = Refusal::new(403, 320_004, "No valid scope found for this invocation");
pub const USER_DOES_NOT_EXIST: Refusal = Refusal::new(400, 160_001, "User does not exist.");
pub const USER_NOT_FOUND: Refusal = Refusal::new(404, 160_002, "User not found");
pub const USER_EXISTS: Refusal = Refusal::new(409, 160_003, "There is an existing account associated with this email");
pub const INVALID_EMAIL: Refusal = Refusal::new(400, 160_037, "Invalid email format.");
pub const ROLE_NOT_FOUND: Refusal = Refusal::new(400, 160_053, "Role not found");
pub const NOT_DELETED: Refusal = Refusal::new(400, 160_054, "Failed to delete account.");
pub const NAME_NOT_SET: Refusal = Refusal::new(400, 160_055, "User name not set.");
pub const NOT_ALLOWED: Refusal = Refusal::new(400, 160_063, "Operation not allowed on user");
pub const PROJECT_EXISTS: Refusal = Refusal::new(409, 150_001, "Project with the same name already exists.");
pub const PROJECT_LIMIT_REACHED: Refusal =
    Refusal::new(400, 150_002, "You have reached the maximum number of projects you could create.");
pub const INVALID_PROJECT_NAME: Refusal = Refusal::new(400, 150_003, "Invalid project name");
pub const PROJECT_NOT_FOUND: Refusal = Refusal::new(400, 150_004, "Project wasn't found.");
pub const ROLE_NOT_SUPPORTED: Refusal = Refusal::new(400, 150_087, "Project role not supported.");

pub fn written(status: u16, body: &Value) -> Response {
    let response = Response::builder().status(status).header(CONTENT_TYPE, "application/json");
    response.body(Body::from(body.to_string())).expect("our own answer")
}

/// An answer without a body.
pub fn empty(status: u16) -> Response {
    Response::builder().status(status).body(Body::empty()).expect("our own answer")
}

/// A list of all that matched, or a page of it. One without items has no member of that name.
pub fn listed(count: usize, items: Vec<Value>) -> Response {
    let mut body = json!({ "count": count });
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    written(200, &body)
}
