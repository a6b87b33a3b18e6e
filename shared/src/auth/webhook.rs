//! Signatures of the Auth0 Action, by the Standard Webhooks specification.

use aws_lc_rs::hmac;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use crate::sensitive::Sensitive;

/// How old or how far ahead a timestamp may be, in seconds.
const TOLERANCE_S: u64 = 5 * 60;
const MAX_ID_CHARS: usize = 255;

/// A `whsec_…` secret; its key holds 24 to 64 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningSecret(Sensitive<Vec<u8>>);

impl SigningSecret {
    /// Reads `whsec_<base64>`. The error never repeats the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let encoded = text.strip_prefix("whsec_").ok_or("must start with whsec_")?;
        let key = BASE64.decode(encoded.as_bytes()).map_err(|_| "must be base64 after whsec_")?;
        if !(24..=64).contains(&key.len()) {
            return Err("must hold 24 to 64 bytes");
        }
        Ok(Self(Sensitive::new(key)))
    }

    /// The `v1,…` signature of a message.
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let tag = hmac::sign(&self.key(), &content(id, timestamp_s, body));
        format!("v1,{}", BASE64.encode(tag.as_ref()))
    }

    fn accepts(&self, content: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key(), content, tag).is_ok()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.reveal())
    }
}

/// True when the request claims to be signed: then it must be, whatever else it carries.
pub fn is_signed(headers: &HeaderMap) -> bool {
    ["webhook-id", "webhook-timestamp", "webhook-signature"].iter().any(|name| headers.contains_key(*name))
}

/// Checks id, time and signature over the raw body with any of the active secrets, and returns the
/// `webhook-id`. The error is for the log.
pub fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[SigningSecret],
    now: DateTime<Utc>,
) -> Result<String, &'static str> {
    let id = single(headers, "webhook-id")?;
    if id.is_empty() || id.chars().count() > MAX_ID_CHARS {
        return Err("webhook-id is empty or too long");
    }
    let timestamp_s: i64 =
        single(headers, "webhook-timestamp")?.parse().map_err(|_| "webhook-timestamp is not a number of seconds")?;
    if now.timestamp().abs_diff(timestamp_s) > TOLERANCE_S {
        return Err("webhook-timestamp is more than five minutes away");
    }
    let content = content(id, timestamp_s, body);
    let good = single(headers, "webhook-signature")?
        .split(' ')
        .filter_map(|signature| BASE64.decode(signature.strip_prefix("v1,")?.as_bytes()).ok())
        .any(|tag| secrets.iter().any(|secret| secret.accepts(&content, &tag)));
    if good { Ok(id.to_owned()) } else { Err("no signature matches") }
}

fn content(id: &str, timestamp_s: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{timestamp_s}.").as_bytes(), body].concat()
}

fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, &'static str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| "a webhook header is not ASCII"),
        (None, _) => Err("a webhook header is missing"),
        (Some(_), Some(_)) => Err("a webhook header is there twice"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn the_published_example_verifies() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_never_shows_itself() {
        let error = SigningSecret::parse("whsec_c2hvcnQ=").unwrap_err();
        assert!(!error.contains("c2hvcnQ"));
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(format!("{secret:?}"), "SigningSecret([secret])");
    }
}
