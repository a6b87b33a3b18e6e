//! Access tokens: RS256 signatures of one issuer, with every claim checked for presence and type.

use std::borrow::Cow;

use aws_lc_rs::signature::ParsedPublicKey;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    auth::jwks::Jwks,
    clock::Clock,
    config::Config,
    domain::user::{EmailAddress, PersonName},
    error::{Error, Result},
};

/// Longer tokens are refused unread.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// How far two clocks may be apart, in seconds.
const LEEWAY_S: i64 = 30;

/// Checks tokens against one issuer and one audience.
#[derive(Debug)]
pub struct Tokens {
    issuer: String,
    audience: String,
    claims_namespace: String,
    clock: Clock,
    pub keys: Jwks,
}

/// What a good token says. `sub` is not empty; it may be a person's or a machine's.
#[derive(Clone, Debug)]
pub struct Claims {
    pub sub: String,
    /// The subject is no person: see `is_machine`.
    pub is_machine: bool,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// What the API's permissions allow a machine (RBAC).
    pub permissions: Vec<String>,
    pub email: Option<EmailAddress>,
    /// Absent when the token does not say it.
    pub email_verified: Option<bool>,
    pub name: Option<PersonName>,
}

/// The payload; serde refuses a claim that is missing, doubled or of another type.
#[derive(Deserialize)]
struct Payload {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

type Refusal = Cow<'static, str>;

impl Tokens {
    pub fn new(config: &Config, clock: Clock) -> Result<Self> {
        Ok(Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            claims_namespace: config.claims_namespace.clone(),
            keys: Jwks::new(config.jwks_url.clone(), clock.clone())?,
            clock,
        })
    }

    /// The claims of a good token. A bad one is a 401 that tells the caller nothing and the log the
    /// reason; issuer's keys that cannot be had are a 503.
    pub async fn verify(&self, token: &str) -> Result<Claims> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::unauthorized("the token is longer than 8 KiB"));
        }
        let kid = key_id(token).map_err(Error::unauthorized)?;
        let Some(key) = self.keys.find(&kid).await? else {
            return Err(Error::unauthorized("the key id is unknown to the issuer"));
        };
        // The library's own `decode` would parse the key for each token, and accepts one that lacks claims. So the signature
        // is verified first, and all that is insecure about reading the claims is that nothing of this has been done.
        refuse_if(!is_signed(token, &key), "the signature is wrong").map_err(Error::unauthorized)?;
        let payload: Payload = jsonwebtoken::dangerous::insecure_decode_claims(token)
            .map_err(|error| Error::unauthorized(error.to_string()))?;
        self.check(&payload).map_err(Error::unauthorized)?;
        Ok(self.claims(payload))
    }

    fn check(&self, payload: &Payload) -> Result<(), Refusal> {
        let now = self.clock.now().timestamp();
        let for_us = match &payload.aud {
            Audience::One(audience) => *audience == self.audience,
            Audience::Many(audiences) => audiences.contains(&self.audience),
        };
        refuse_if(payload.iss != self.issuer, "another issuer")?;
        refuse_if(!for_us, "another audience")?;
        refuse_if(payload.sub.is_empty(), "an empty subject")?;
        refuse_if(now >= payload.exp.saturating_add(LEEWAY_S), "expired")?;
        refuse_if(payload.nbf.is_some_and(|nbf| nbf > now + LEEWAY_S), "not valid yet")?;
        refuse_if(payload.iat < 0, "issued before 1970")?;
        refuse_if(payload.iat > now + LEEWAY_S, "issued in the future")
    }

    fn claims(&self, payload: Payload) -> Claims {
        let ours = |name: &str| payload.others.get(&format!("{}/{name}", self.claims_namespace));
        let text = |name: &str| ours(name).and_then(Value::as_str).map(str::to_owned);
        Claims {
            email: text("email").and_then(|text| text.try_into().ok()),
            email_verified: ours("email_verified").and_then(Value::as_bool),
            name: text("name").and_then(|text| text.try_into().ok()),
            is_machine: is_machine(&payload),
            sub: payload.sub,
            iat: payload.iat,
            permissions: payload.permissions,
        }
    }
}

/// Whether the subject is no person but a client (`…@clients`), or an agent, whose id looks like anybody's. An agent is
/// known by how it got the token (`gty`) or by what the issuer says that it is (`sub_profile`). Where it acts for a
/// person (`act`), the person is the subject, and the token is theirs.
fn is_machine(payload: &Payload) -> bool {
    let claim = |name: &str| payload.others.get(name).map(words).unwrap_or_default();
    let (grants, profile) = (claim("gty"), claim("sub_profile"));
    let is_client = ["azp", "client_id"].iter().any(|name| claim(name) == [&*payload.sub]);
    payload.sub.ends_with("@clients")
        || is_client
        || grants.iter().any(|grant| ["client-credentials", "client_credentials"].contains(grant))
        || (!profile.is_empty() && (!profile.contains(&"user") || profile.contains(&"ai_agent")))
}

/// The words of a claim that may be one text, such as `service ai_agent`, or a list of texts.
fn words(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The id of the key that has signed, from a header that asks for nothing else than RS256. What is critical, and the ways
/// to bring one's own key, are refused whatever they say.
fn key_id(token: &str) -> Result<String, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|error| format!("the header: {error}"))?;
    refuse_if(header.alg != Algorithm::RS256, "another algorithm than RS256")?;
    refuse_if(header.crit.is_some(), "a critical extension")?;
    let brings_a_key = header.jwk.is_some() || header.jku.is_some() || header.x5c.is_some() || header.x5u.is_some();
    refuse_if(brings_a_key, "a key of its own")?;
    let is_access_token =
        header.typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt"));
    refuse_if(!is_access_token, "another type than a JWT")?;
    Ok(header.kid.ok_or("no key id")?)
}

/// Whether the last segment is the key's RS256 signature of all before it.
fn is_signed(token: &str, key: &ParsedPublicKey) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes());
    signature.is_ok_and(|signature| key.verify_sig(message.as_bytes(), &signature).is_ok())
}

fn refuse_if(wrong: bool, reason: &'static str) -> Result<(), Refusal> {
    if wrong { Err(reason.into()) } else { Ok(()) }
}
