//! Signatures of Stripe, as its documentation of webhooks has them: `Stripe-Signature: t=<seconds>,v1=<hex>`.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;

use crate::signing::{StripeSecret, Tag};

const HEADER: &str = "stripe-signature";
/// How old or how far ahead a timestamp may be, in seconds: as old as Stripe's libraries allow. They take any time that is
/// ahead; with us, nobody can use a signature for longer than that.
const TOLERANCE_S: u64 = 5 * 60;
/// Stripe signs with each of the endpoint's active secrets, and adds signatures of other versions. More of either is no
/// signature but work for us.
const MAX_CANDIDATES: usize = 16;
const MAX_HEADER_BYTES: usize = 4 * 1024;

/// What the header says, before the body is read.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    timestamp_s: i64,
    candidates: Vec<Tag>,
}

impl Signature {
    /// Reads the header. An error, which is for the log, means that nothing else is to be read.
    pub fn of(headers: &HeaderMap, now: DateTime<Utc>) -> Result<Self, &'static str> {
        let mut values = headers.get_all(HEADER).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err("not exactly one Stripe-Signature header");
        };
        let signature = Self::read(value.to_str().map_err(|_| "Stripe-Signature is not ASCII")?)?;
        if now.timestamp().abs_diff(signature.timestamp_s) > TOLERANCE_S {
            return Err("the timestamp of Stripe-Signature is more than five minutes away");
        }
        Ok(signature)
    }

    fn read(header: &str) -> Result<Self, &'static str> {
        if header.len() > MAX_HEADER_BYTES {
            return Err("Stripe-Signature is too long");
        }
        let (mut timestamps, mut candidates) = (Vec::new(), Vec::new());
        for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
            match name.trim() {
                "t" => timestamps.push(value),
                "v1" => candidates.extend(tag(value)),
                _ => {}
            }
        }
        // A second timestamp would leave open which one was signed.
        let [timestamp] = timestamps[..] else { return Err("Stripe-Signature has not exactly one timestamp") };
        let timestamp_s =
            timestamp.parse().map_err(|_| "the timestamp of Stripe-Signature is not a number of seconds")?;
        match candidates.len() {
            0 => Err("Stripe-Signature holds no signature of version 1"),
            1..=MAX_CANDIDATES => Ok(Self { timestamp_s, candidates }),
            _ => Err("Stripe-Signature holds too many signatures"),
        }
    }

    /// Whether one of these secrets signed this body, as it came.
    pub fn is_by(&self, secrets: &[StripeSecret], body: &[u8]) -> bool {
        secrets.iter().any(|secret| secret.accepts(self.timestamp_s, body, &self.candidates))
    }
}

fn tag(hex: &str) -> Option<Tag> {
    HEXLOWER.decode(hex.trim().as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_signature_is_no_candidate_and_too_many_are_refused() {
        let v1 = format!("v1={}", "07".repeat(32));
        let read =
            |header: &str| Signature::read(header).map(|signature| (signature.timestamp_s, signature.candidates));
        assert_eq!(read(&format!("t=12,v0=ab,v1=,v1=07,{v1}, {v1}")), Ok((12, vec![[7; 32]; 2])));
        let many = |count: usize| format!("t=12,{}", vec![v1.as_str(); count].join(","));
        assert_eq!(read(&many(16)).unwrap().1.len(), 16);
        for refused in [
            String::new(),
            v1.clone(),
            "t=12".to_owned(),
            format!("t=12,t=13,{v1}"),
            format!("t=12s,{v1}"),
            format!("t=99999999999999999999,{v1}"),
            format!("t=12,v1={}", "0G".repeat(32)),
            many(17),
            format!("t=12,{v1},{}", "x".repeat(5000)),
        ] {
            assert!(read(&refused).is_err(), "{refused}");
        }
    }
}
