//! The keys that tokens are signed with.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::{Result, anyhow};
pub use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::{encoding::AsDer, rsa};
use data_encoding::BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use ops::environment::write_secret;
use serde_json::{Value, json};

use crate::lock::lock;

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
