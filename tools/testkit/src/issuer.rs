//! A stand-in for an Auth0 tenant: it publishes its keys and signs tokens.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::{Context, Result, anyhow};
pub use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::{encoding::AsDer, rsa};
use axum::{Router, routing::get};
use data_encoding::BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use ops::environment::write_secret;
use serde_json::{Value, json};
use shared::http::body::Json;

use crate::{lock::lock, server::Server};

/// A signing key with the id it is published under.
#[derive(Clone)]
pub struct SigningKey {
    pub kid: String,
    pem: String,
    /// What it has signed, by its claims: signing takes milliseconds, and a storm sends the same few tokens.
    signed: Arc<Mutex<HashMap<String, String>>>,
}

impl SigningKey {
    pub fn generate(kid: &str, size: KeySize) -> Result<Self> {
        let pair = rsa::KeyPair::generate(size).map_err(|_| anyhow!("creating an RSA key failed"))?;
        let der = pair.as_der().map_err(|_| anyhow!("encoding the RSA key failed"))?;
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(der.as_ref()));
        Ok(Self::new(kid, pem))
    }

    fn new(kid: &str, pem: String) -> Self {
        Self { kid: kid.to_owned(), pem, signed: Arc::default() }
    }

    /// The key in `file`, created there the first time.
    pub fn load_or_create(file: &Path) -> Result<Self> {
        if let Ok(pem) = fs::read_to_string(file) {
            return Ok(Self::new("local", pem));
        }
        let key = Self::generate("local", KeySize::Rsa2048)?;
        write_secret(file, &key.pem)?;
        Ok(key)
    }

    /// A token with these claims, and the header that the issuer writes.
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::RS256) };
        let sign = || jsonwebtoken::encode(&header, claims, &self.encoding_key()).expect("our own key signs");
        lock(&self.signed).entry(claims.to_string()).or_insert_with(sign).clone()
    }

    pub fn encoding_key(&self) -> EncodingKey {
        EncodingKey::from_rsa_pem(self.pem.as_bytes()).expect("our own key parses")
    }

    /// The key as the issuer publishes it.
    pub fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding_key(), Algorithm::RS256).expect("our own key is RSA");
        let mut jwk = serde_json::to_value(jwk).expect("a JWK serializes");
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!("RS256");
        jwk
    }
}

/// An issuer on a port of this machine. It stops when dropped.
pub struct Issuer {
    published: Arc<Mutex<Vec<Value>>>,
    server: Server,
}

impl Issuer {
    /// Starts on `port` (0: any) and publishes the keys.
    pub async fn start(port: u16, keys: &[SigningKey]) -> Result<Self> {
        let published = Arc::new(Mutex::new(keys.iter().map(SigningKey::jwk).collect::<Vec<_>>()));
        let answered = Arc::clone(&published);
        let jwks = get(async move || Json(json!({ "keys": *lock(&answered) })));
        let routes = Router::new().route("/.well-known/jwks.json", jwks);
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
        format!("http://127.0.0.1:{}/", self.server.port)
    }
}

/// Claims of an access token as Auth0 writes them, good for an hour from `now_s`.
pub fn claims(issuer: &str, audience: &str, sub: &str, now_s: i64) -> Value {
    json!({
        "iss": issuer,
        "aud": [audience, format!("{issuer}userinfo")],
        "sub": sub,
        "iat": now_s,
        "exp": now_s + 3600,
        "azp": "web-app",
        "scope": "openid profile email",
        "permissions": [],
    })
}

/// Adds an e-mail address, verified, as the login Action does.
pub fn add_email(claims: &mut Value, namespace: &str, email: &str) {
    claims[format!("{namespace}/email")] = json!(email);
    claims[format!("{namespace}/email_verified")] = json!(true);
}
