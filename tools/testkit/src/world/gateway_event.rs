//! Requests and answers in API Gateway's form (payload version 2.0).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::request::{TestRequest, TestResponse};
use crate::gateway::delivered_path;

impl TestRequest {
    /// The event that API Gateway makes of it; none if it refuses the path.
    pub fn event(self) -> Option<Value> {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let path = delivered_path(path)?;
        let mut headers = Map::from_iter([("host".to_owned(), json!("api.example.com"))]);
        for (name, value) in &self.headers {
            // It joins headers that are sent twice.
            let earlier = headers.get(name).filter(|_| name != "host").and_then(Value::as_str);
            let value = earlier.map_or_else(|| value.clone(), |earlier| format!("{earlier},{value}"));
            headers.insert(name.clone(), json!(value));
        }
        let mut event: Value = serde_json::from_str(include_str!("gateway_event.json")).expect("our own file is JSON");
        event["rawPath"] = json!(path);
        event["rawQueryString"] = json!(query);
        event["headers"] = json!(headers);
        event["requestContext"]["http"]["method"] = json!(self.method.as_str());
        event["requestContext"]["http"]["path"] = json!(path);
        event["requestContext"]["requestId"] = json!(Uuid::new_v4());
        match String::from_utf8(self.body) {
            Ok(text) => event["body"] = json!(text),
            Err(error) => {
                event["body"] = json!(BASE64.encode(error.as_bytes()));
                event["isBase64Encoded"] = json!(true);
            }
        }
        Some(event)
    }

    /// The same for a path that API Gateway takes.
    pub fn into_event(self) -> Value {
        self.event().expect("API Gateway takes this path")
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
