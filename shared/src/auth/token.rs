//! Access tokens: RS256 signatures of one issuer, with every claim checked for presence and type.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, Validation};
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

/// The header's parts that we act on. `crit` and the ways to bring one's own key are refused whatever they say.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    typ: Option<String>,
    crit: Option<Value>,
    jwk: Option<Value>,
    jku: Option<Value>,
    x5c: Option<Value>,
    x5u: Option<Value>,
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
        let header = read_header(token).map_err(Error::unauthorized)?;
        let Some(key) = self.keys.find(&header.kid).await? else {
            return Err(Error::unauthorized("the key id is unknown to the issuer"));
        };
        // The library checks the signature. The claims are checked here, because it accepts a token without them.
        let mut signature_only = Validation::new(Algorithm::RS256);
        signature_only.required_spec_claims.clear();
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        let payload = jsonwebtoken::decode::<Payload>(token, &key, &signature_only)
            .map_err(|error| Error::unauthorized(error.to_string()))?
            .claims;
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

fn read_header(token: &str) -> Result<Header, Refusal> {
    let segments: Vec<&str> = token.splitn(4, '.').collect();
    refuse_if(segments.len() != 3, "not three segments")?;
    let bytes = BASE64URL_NOPAD.decode(segments[0].as_bytes()).map_err(|_| "the header is not base64url")?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| format!("the header: {error}"))?;
    refuse_if(header.alg != "RS256", "another algorithm than RS256")?;
    refuse_if(header.crit.is_some(), "a critical extension")?;
    let brings_a_key = [&header.jwk, &header.jku, &header.x5c, &header.x5u].iter().any(|member| member.is_some());
    refuse_if(brings_a_key, "a key of its own")?;
    let is_access_token =
        header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt"));
    refuse_if(!is_access_token, "another type than a JWT")?;
    Ok(header)
}

fn refuse_if(wrong: bool, reason: &'static str) -> Result<(), Refusal> {
    if wrong { Err(reason.into()) } else { Ok(()) }
}
