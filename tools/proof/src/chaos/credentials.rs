//! What requests are signed with, which changes while they are sent: the issuer's key, the Action's secret, its clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use fastrand::Rng;
use serde_json::{Value, json};
use shared::{clock::Clock, signing::SigningSecret};

use testkit::{TestRequest, issuer::SigningKey};

const WEBHOOK_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

struct Current {
    key: SigningKey,
    secret: SigningSecret,
    skew: TimeDelta,
}

/// Shared by all clients.
pub struct Credentials {
    clock: Clock,
    current: Mutex<Current>,
}

impl Credentials {
    pub fn new(clock: Clock, key: SigningKey, secret: SigningSecret) -> Self {
        Self { clock, current: Mutex::new(Current { key, secret, skew: TimeDelta::zero() }) }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// New tokens are signed with this key.
    pub fn sign_tokens_with(&self, key: SigningKey) {
        self.current().key = key;
    }

    pub fn sign_logins_with(&self, secret: SigningSecret) {
        self.current().secret = secret;
    }

    /// The Action's clock is this far from ours, either way.
    pub fn skew_clock(&self, by: TimeDelta) {
        self.current().skew = by;
    }

    /// A login as it was reported by a machine with another clock.
    pub fn skewed(&self, ask: TestRequest, rng: &mut Rng) -> (TestRequest, TimeDelta) {
        let skew = self.current().skew * if rng.bool() { 1 } else { -1 };
        let mut event: Value = serde_json::from_slice(ask.body()).unwrap_or_default();
        let at = event["logged_in_at"].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
        if let Some(at) = at {
            event["logged_in_at"] = json!(at + skew);
        }
        (ask.bytes(event.to_string()), skew)
    }

    /// The request as it goes out now: what was signed is signed anew, under the same id or with the same claims.
    pub fn sign(&self, ask: &TestRequest, skew: TimeDelta) -> TestRequest {
        let current = self.current();
        if let Some(id) = ask.named("webhook-id").map(str::to_owned) {
            let timestamp_s = (self.clock.now() + skew).timestamp();
            let signature = current.secret.sign(&id, timestamp_s, ask.body());
            let ask = ask.clone().without(&WEBHOOK_HEADERS).header("webhook-id", &id);
            return ask.header("webhook-timestamp", &timestamp_s.to_string()).header("webhook-signature", &signature);
        }
        let token = ask.named("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let Some(mut claims) = token.and_then(claims) else { return ask.clone() };
        let now_s = self.clock.now().timestamp();
        (claims["iat"], claims["exp"]) = (json!(now_s), json!(now_s + 3600));
        let token = current.key.sign(&claims);
        drop(current);
        ask.clone().without(&["authorization"]).bearer(&token)
    }
}

fn claims(token: &str) -> Option<Value> {
    let payload = BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    serde_json::from_slice(&payload).ok()
}
