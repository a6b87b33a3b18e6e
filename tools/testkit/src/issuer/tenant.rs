//! The codes that a web app gets, and the tokens that it gets for them, with PKCE as Auth0 has it.

use std::{collections::HashMap, sync::Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::clock::Clock;
use uuid::Uuid;

use super::{
    claims::{add_email, claims},
    key::SigningKey,
    web_app::{Person, WebApp},
};
use crate::lock::lock;

const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);
const TOKEN_LIFE_S: i64 = 3600;

pub struct Tenant {
    pub app: WebApp,
    /// As `iss` has it, slash included.
    pub url: String,
    key: SigningKey,
    clock: Clock,
    codes: Mutex<HashMap<String, Granted>>,
}

/// What a code stands for.
struct Granted {
    person: Person,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: String,
    expires_at: DateTime<Utc>,
}

/// What the web app asks for. Auth0 ignores what it does not know.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub client_id: String,
    pub redirect_uri: String,
    pub response_type: String,
    pub response_mode: Option<String>,
    pub audience: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: String,
    pub code_challenge_method: String,
    pub prompt: Option<String>,
}

/// By which the web app turns a code into tokens.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Exchange {
    grant_type: String,
    client_id: String,
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

/// A status, and the error and its description as OAuth has them.
pub type Refusal = (u16, &'static str, &'static str);

impl Tenant {
    pub fn new(app: WebApp, url: String, key: SigningKey, clock: Clock) -> Self {
        Self { app, url, key, clock, codes: Mutex::default() }
    }

    /// A code for somebody who has said who they are.
    pub fn grant(&self, asked: &Asked, person: Person) -> String {
        let code = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let granted = Granted {
            person,
            redirect_uri: asked.redirect_uri.clone(),
            nonce: asked.nonce.clone(),
            challenge: asked.code_challenge.clone(),
            expires_at: self.clock.now() + CODE_LIFE,
        };
        lock(&self.codes).insert(code.clone(), granted);
        code
    }

    /// A code is used up by the first try.
    pub fn exchange(&self, exchange: &Exchange) -> Result<Value, Refusal> {
        if exchange.grant_type != "authorization_code" {
            return Err((403, "unsupported_grant_type", "Only authorization_code is served"));
        }
        if exchange.client_id != self.app.client_id {
            return Err((401, "invalid_client", "Unknown client"));
        }
        let granted = lock(&self.codes).remove(&exchange.code);
        let granted = granted.filter(|granted| self.clock.now() < granted.expires_at);
        let granted = granted.ok_or((403, "invalid_grant", "Invalid authorization code"))?;
        if exchange.redirect_uri != granted.redirect_uri {
            return Err((403, "invalid_grant", "The redirect URI is not that of the code"));
        }
        let verified = digest(&SHA256, exchange.code_verifier.as_bytes());
        if BASE64URL_NOPAD.encode(verified.as_ref()) != granted.challenge {
            return Err((403, "invalid_grant", "Failed to verify code verifier"));
        }
        Ok(self.tokens(&granted))
    }

    fn tokens(&self, Granted { person, nonce, .. }: &Granted) -> Value {
        let now_s = self.clock.now().timestamp();
        let mut access = claims(&self.url, &self.app.audience, &person.sub, now_s);
        access["azp"] = json!(self.app.client_id);
        add_email(&mut access, &self.app.claims_namespace, &person.email);
        let mut id = json!({
            "iss": self.url,
            "aud": self.app.client_id,
            "sub": person.sub,
            "iat": now_s,
            "exp": now_s + TOKEN_LIFE_S,
            "email": person.email,
            "email_verified": true,
        });
        if let Some(name) = &person.name {
            access[format!("{}/name", self.app.claims_namespace)] = json!(name);
            id["name"] = json!(name);
        }
        if let Some(nonce) = nonce {
            id["nonce"] = json!(nonce);
        }
        json!({
            "access_token": self.key.sign(&access),
            "id_token": self.key.sign(&id),
            "scope": access["scope"],
            "expires_in": TOKEN_LIFE_S,
            "token_type": "Bearer",
        })
    }
}
