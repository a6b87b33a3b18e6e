//! Requests and answers in API Gateway's form (payload version 2.0).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use shared::clock::Clock;
use uuid::Uuid;

use super::request::{TestRequest, TestResponse};

impl TestRequest {
    /// The event that API Gateway makes of it.
    pub fn into_event(self) -> Value {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let mut headers = Map::from_iter([("host".to_owned(), json!("api.example.com"))]);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), json!(value))));
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": self.method.as_str(),
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "local",
                },
                "requestId": Uuid::new_v4(),
                "routeKey": "$default",
                "stage": "$default",
                "time": "25/Nov/2026:00:00:00 +0000",
                "timeEpoch": Clock::System.now().timestamp_millis(),
            },
            "body": String::from_utf8_lossy(&self.body),
            "isBase64Encoded": false,
        })
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
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status: status.unwrap_or_else(|| panic!("no answer: {returned}")), headers, json, text }
    }
}
