//! Requests as tests write them, and the answers they read.

use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct TestRequest {
    pub method: Method,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl TestRequest {
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The header of this name, which must be written as it was given.
    pub fn named(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same without these headers.
    pub fn without(mut self, names: &[&str]) -> Self {
        self.headers.retain(|(name, _)| !names.contains(&name.as_str()));
        self
    }
}

#[derive(Debug)]
pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body if it is JSON, else null.
    pub json: Value,
    pub text: String,
}

impl TestResponse {
    pub fn new(status: u16, headers: HeaderMap, text: String) -> Self {
        Self { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// The answer, if it is this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The answer, if it is a problem of this status and code, in the one form all of them have.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json["code"], code, "{}", answer.text);
        assert_eq!(answer.json["status"], status);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(answer.json["request_id"], answer.headers["x-request-id"].to_str().expect("ASCII"));
        assert!(answer.json["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", answer.text);
        assert_eq!(answer.headers.contains_key(header::RETRY_AFTER), status == 503);
        answer
    }

    /// The field that a 400 names.
    pub fn field(&self) -> &str {
        self.json["errors"][0]["field"].as_str().unwrap_or_default()
    }
}
