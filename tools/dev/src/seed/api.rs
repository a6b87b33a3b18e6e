//! Calls of the API that must succeed.

use anyhow::{Context, Result, bail};
use ops::environment;
use reqwest::{Client, Method};
use serde_json::Value;
use testkit::issuer::{Person, SigningKey};

use crate::{dev_stack::DevStack, people};

pub struct Api {
    http: Client,
    url: String,
    issuer: String,
    key: SigningKey,
    /// Tokens.
    pub admin: String,
    pub meter: String,
}

impl Api {
    pub fn new(site: &DevStack) -> Result<Self> {
        let setting = |name| site.environment.get(name).map(str::to_owned);
        Ok(Self {
            http: Client::new(),
            url: setting("API_URL")?,
            issuer: setting("AUTH0_ISSUER")?,
            key: SigningKey::load_or_create(&environment::issuer_key_file())?,
            admin: setting("ADMIN_TOKEN")?,
            meter: setting("METER_TOKEN")?,
        })
    }

    pub fn token_of(&self, person: &Person) -> String {
        self.key.sign(&people::claims(&self.issuer, person))
    }

    pub async fn get(&self, path: &str, token: &str) -> Result<Value> {
        self.send(Method::GET, path, token, None, None).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, token, Some(body), None).await
    }

    pub async fn put(&self, path: &str, token: &str, body: &Value) -> Result<Value> {
        self.send(Method::PUT, path, token, Some(body), None).await
    }

    /// As the administrator.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<()> {
        self.send(Method::PATCH, path, &self.admin, Some(body), None).await.map(drop)
    }

    /// Under an idempotency key.
    pub async fn write_once(&self, path: &str, token: &str, body: &Value, key: &str) -> Result<()> {
        self.send(Method::POST, path, token, Some(body), Some(key)).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Value> {
        let doing = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.with_context(|| doing.clone())?;
        let (status, text) = (answer.status(), answer.text().await.with_context(|| doing.clone())?);
        if !status.is_success() {
            bail!("{doing}: {status} {text}");
        }
        serde_json::from_str(&text).context(doing)
    }
}
