//! A stand-in for an Auth0 tenant: it publishes its keys and signs tokens, and people sign in to a web app by it.

mod claims;
mod key;
mod page;
mod routes;
mod tenant;
#[cfg(test)]
mod tests;
mod web_app;

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use axum::{Router, routing::get};
use serde_json::{Value, json};
use shared::{clock::Clock, http::body::Json};

use self::tenant::Tenant;
pub use self::{
    claims::{add_email, claims},
    key::{KeySize, SigningKey},
    web_app::{Person, WebApp},
};
use crate::{lock::lock, process::Port, server::Server};

/// An issuer on a port of this machine. It stops when dropped.
pub struct Issuer {
    published: Arc<Mutex<Vec<Value>>>,
    server: Server,
}

impl Issuer {
    /// Starts on `port` (0: any) and publishes the keys.
    pub async fn start(port: u16, keys: &[SigningKey]) -> Result<Self> {
        Self::serve(port, keys, Router::new()).await
    }

    /// Starts, and lets people sign in to a web app.
    pub async fn start_for(web_app: WebApp, port: Port, key: &SigningKey, clock: Clock) -> Result<Self> {
        let routes = Tenant::new(web_app, url_on(port.number), key.clone(), clock).routes();
        Self::serve(port.release(), std::slice::from_ref(key), routes).await
    }

    async fn serve(port: u16, keys: &[SigningKey], routes: Router) -> Result<Self> {
        let published = Arc::new(Mutex::new(keys.iter().map(SigningKey::jwk).collect::<Vec<_>>()));
        let answered = Arc::clone(&published);
        let jwks = get(async move || Json(json!({ "keys": *lock(&answered) })));
        let routes = routes.route("/.well-known/jwks.json", jwks);
        let server = Server::start(port, routes).await.context("starting the issuer")?;
        Ok(Self { published, server })
    }

    /// Publishes these JWKs and no others.
    pub fn publish(&self, keys: Vec<Value>) {
        *lock(&self.published) = keys;
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// As `iss` has it, slash included.
    pub fn url(&self) -> String {
        url_on(self.server.port)
    }
}

fn url_on(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}
