//! Requests and answers in API Gateway's form (payload version 2.0).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::request::{TestRequest, TestResponse};

impl TestRequest {
    /// The event that API Gateway makes of it.
    pub fn into_event(self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut headers = Map::from_iter([("host".to_owned(), json!("api.example.com"))]);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), json!(value))));
        let mut event: Value = serde_json::from_str(include_str!("gateway_event.json")).expect("our own file is JSON");
        event["rawPath"] = json!(path);
        event["rawQueryString"] = json!(query);
        event["headers"] = json!(headers);
        event["requestContext"]["http"]["method"] = json!(self.method.as_str());
        event["requestContext"]["http"]["path"] = json!(path);
        event["requestContext"]["requestId"] = json!(Uuid::new_v4());
        event["body"] = json!(String::from_utf8_lossy(&self.body));
        event
    }
}

impl TestResponse {
    /// The answer in what a function returns.
    pub fn from_returned(returned: &Value) -> Self {
        let status = returned["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let text = returned["body"].as_str().unwrap_or_default().to_owned();
        let mut headers = HeaderMap::new();
        for (name, value) in returned["headers"].as_object().into_iter().flatten() {
            let value = HeaderValue::try_from(value.as_str().unwrap_or_default()).expect("a function's header");
            headers.insert(HeaderName::try_from(name).expect("a function's header"), value);
        }
        Self::new(status.unwrap_or_else(|| panic!("no answer: {returned}")), headers, text)
    }
}
