//! Signatures of the Auth0 Action, by the Standard Webhooks specification.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use crate::signing::SigningSecret;

/// How old or how far ahead a timestamp may be, in seconds.
const TOLERANCE_S: u64 = 5 * 60;
const MAX_ID_CHARS: usize = 255;

/// True if any webhook header is there: such a request needs a valid signature, whatever else it carries.
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
    let good = single(headers, "webhook-signature")?
        .split(' ')
        .filter_map(|signature| BASE64.decode(signature.strip_prefix("v1,")?.as_bytes()).ok())
        .any(|tag| secrets.iter().any(|secret| secret.accepts(id, timestamp_s, body, &tag)));
    if good { Ok(id.to_owned()) } else { Err("no signature matches") }
}

fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, &'static str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| "a webhook header is not ASCII"),
        (None, _) => Err("a webhook header is missing"),
        (Some(_), Some(_)) => Err("a webhook header is there twice"),
    }
}
