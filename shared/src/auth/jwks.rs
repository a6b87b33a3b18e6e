//! The issuer's public keys: fetched, kept ten minutes, served stale while the issuer is down.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    cached::Cached,
    clock::Clock,
    error::{Error, Result},
    https,
};

const KEEP: TimeDelta = TimeDelta::minutes(10);
/// Between two fetches for unknown key ids, and between two tries while the issuer is down.
const PAUSE: TimeDelta = TimeDelta::seconds(30);
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
const MIN_MODULUS_BITS: usize = 2048;
const MAX_BODY_BYTES: usize = 256 * 1024;

/// A key that verifies RS256 and nothing else. Parsed once: for each token anew would take a tenth of a request.
pub type VerifyingKey = Arc<ParsedPublicKey>;

type Keys = Arc<HashMap<String, VerifyingKey>>;

/// Where signing keys come from, by key id.
#[derive(Debug)]
pub struct Jwks {
    url: String,
    client: reqwest::Client,
    keys: Cached<Keys>,
}

/// One key in the form of RFC 7517; unknown members are ignored.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    key_ops: Option<Vec<String>>,
    n: String,
    e: String,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

impl Jwks {
    pub fn new(url: String, clock: Clock) -> Result<Self> {
        let bug = |error: &dyn std::error::Error| Error::Bug(format!("no HTTP client: {error}"));
        let client = https::client(None).map_err(|error| bug(&error))?;
        let client = client.timeout(FETCH_TIMEOUT).build().map_err(|error| bug(&error))?;
        Ok(Self { url, client, keys: Cached::new(clock, KEEP, PAUSE) })
    }

    /// Fetches the keys if they are not fresh: done once before the first request.
    pub async fn warm(&self) -> Result<()> {
        self.keys.get(async || self.fetch().await).await.map(drop)
    }

    /// The key of that id. An unknown id causes one more fetch, at most once per pause.
    pub async fn find(&self, kid: &str) -> Result<Option<VerifyingKey>> {
        let keys = self.keys.get(async || self.fetch().await).await?;
        if let Some(key) = keys.get(kid) {
            return Ok(Some(key.clone()));
        }
        let keys = self.keys.refresh(async || self.fetch().await).await?;
        match keys.value.get(kid) {
            None if !keys.is_confirmed => Err(Error::Unavailable(format!(
                "the issuer's keys at {}: they cannot be had, and the token's key is not among the old ones",
                self.url
            ))),
            key => Ok(key.cloned()),
        }
    }

    async fn fetch(&self) -> Result<Keys> {
        self.download().await.map(Arc::new).inspect_err(|error| {
            tracing::warn!(reason = error.reason(), "the issuer's keys could not be fetched");
        })
    }

    async fn download(&self) -> Result<HashMap<String, VerifyingKey>> {
        let down = |reason: String| Error::Unavailable(format!("the issuer's keys at {}: {reason}", self.url));
        let mut response = self.client.get(&self.url).send().await.map_err(|error| down(error.to_string()))?;
        if !response.status().is_success() {
            return Err(down(format!("status {}", response.status())));
        }
        // Judged as it comes: whatever the issuer sends, no more of it is held than is allowed.
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| down(error.to_string()))? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(down("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        let keys = usable_keys(&body).map_err(|error| down(error.to_string()))?;
        if keys.is_empty() {
            return Err(down("no usable RSA signing key among them".to_owned()));
        }
        Ok(keys)
    }
}

fn usable_keys(body: &[u8]) -> serde_json::Result<HashMap<String, VerifyingKey>> {
    let set: JwkSet = serde_json::from_slice(body)?;
    let keys = set.keys.into_iter().filter_map(|value| serde_json::from_value::<Jwk>(value).ok());
    Ok(keys.filter_map(|jwk| usable_key(&jwk).map(|key| (jwk.kid, key))).collect())
}

/// RSA, for verifying signatures, 2048 bits or more; anything else is ignored.
fn usable_key(jwk: &Jwk) -> Option<VerifyingKey> {
    let for_signatures = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
    let for_rs256 = jwk.alg.as_deref().is_none_or(|alg| alg == "RS256");
    let for_verifying = jwk.key_ops.as_ref().is_none_or(|allowed| allowed.iter().any(|one| one == "verify"));
    if jwk.kty != "RSA" || !for_signatures || !for_rs256 || !for_verifying {
        return None;
    }
    let (n, e) = (significant_bytes(&jwk.n)?, significant_bytes(&jwk.e)?);
    let bits = n.len() * 8 - n.first()?.leading_zeros() as usize;
    if bits < MIN_MODULUS_BITS {
        return None;
    }
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Arc::new)
}

/// Some issuers write a zero in front, as ASN.1 does.
fn significant_bytes(number: &str) -> Option<Vec<u8>> {
    let bytes = BASE64URL_NOPAD.decode(number.as_bytes()).ok()?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}
