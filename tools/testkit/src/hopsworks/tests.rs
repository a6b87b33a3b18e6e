//! What the stand-in answers, held to what is known of the real server.

mod faults;
mod keys;
mod list;
mod projects;
mod users;

use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};

use super::Hopsworks;

/// A client that trusts the server's authority and has its key, as they are now.
struct Caller {
    http: Client,
    base: String,
    authorization: Option<String>,
}

impl Caller {
    fn of(server: &Hopsworks) -> Self {
        let authority = Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
        let http = Client::builder().tls_certs_only([authority]).build().unwrap();
        let base = format!("{}/hopsworks-api/api/admin", server.url());
        Self { http, base, authorization: Some(format!("ApiKey {}", server.api_key())) }
    }

    /// `GET /users`: a method, and a path behind `/admin`. A body of JSON says so.
    async fn send(&self, what: &str, body: &str) -> reqwest::Result<reqwest::Response> {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), self.base.clone() + path);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if body.starts_with('{') {
            request = request.header("content-type", "application/json");
        }
        request.body(body.to_owned()).send().await
    }

    /// Status and body; an empty body is null.
    async fn ask(&self, what: &str, body: &str) -> (u16, Value) {
        let answer = self.send(what, body).await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
    }

    /// Asks each in turn: the status must be this one, and the body must have these members.
    async fn expect(&self, rows: &[(&str, &str, u16, Value)]) {
        for (what, body, status, members) in rows {
            let (answered, found) = self.ask(what, body).await;
            assert_eq!(answered, *status, "{what} {body}: {found}");
            for (name, value) in members.as_object().into_iter().flatten() {
                assert_eq!(&found[name], value, "{name} of {what} {body}: {found}");
            }
        }
    }
}

fn refused(code: u32) -> Value {
    json!({ "errorCode": code })
}

async fn started() -> (Hopsworks, Caller) {
    let server = Hopsworks::start(0).await.unwrap();
    let caller = Caller::of(&server);
    (server, caller)
}
