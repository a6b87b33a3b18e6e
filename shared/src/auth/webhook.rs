//! Signatures of the Auth0 Action, by the Standard Webhooks specification.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use crate::signing::{SigningSecret, Tag};

/// How old or how far ahead a timestamp may be, in seconds.
const TOLERANCE_S: u64 = 5 * 60;
const MAX_ID_CHARS: usize = 255;
/// A sender signs with each of its active secrets, and may add signatures of other versions. More of either is no
/// signature but work for us.
const MAX_CANDIDATES: usize = 16;
const MAX_SIGNATURE_BYTES: usize = 4 * 1024;

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
    let candidates = candidates(single(headers, "webhook-signature")?)?;
    let good = secrets.iter().any(|secret| secret.accepts(id, timestamp_s, body, &candidates));
    if good { Ok(id.to_owned()) } else { Err("no signature matches") }
}

/// The tags of a signature header: what follows `v1,` where it can be one. An error means that nothing is hashed.
fn candidates(header: &str) -> Result<Vec<Tag>, &'static str> {
    if header.len() > MAX_SIGNATURE_BYTES {
        return Err("webhook-signature is too long");
    }
    let encoded = header.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    let tags: Vec<Tag> =
        encoded.filter_map(|encoded| BASE64.decode(encoded.as_bytes()).ok()?.try_into().ok()).collect();
    match tags.len() {
        0 => Err("webhook-signature holds no signature of version 1"),
        1..=MAX_CANDIDATES => Ok(tags),
        _ => Err("webhook-signature holds too many signatures"),
    }
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

    #[test]
    fn what_cannot_be_a_signature_is_no_candidate_and_too_many_are_refused() {
        let tag = format!("v1,{}", BASE64.encode(&[7; 32]));
        let header = |count: usize| vec![tag.as_str(); count].join(" ");
        assert_eq!(candidates(&format!("v1, v1,AAAA v2,{tag} v1a,x  {tag}")), Ok(vec![[7; 32]]));
        assert_eq!(candidates(&header(16)).unwrap().len(), 16);
        for refused in [String::new(), header(17), "v1, ".repeat(2400), format!("{tag} {}", "x".repeat(5000))] {
            assert!(candidates(&refused).is_err(), "{refused}");
        }
    }
}
