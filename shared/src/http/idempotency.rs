//! Idempotency keys for money writes: chosen by the caller, bound to the body.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use crate::{
    domain::kept_json::Node,
    error::{Error, Result},
    http::body::Created,
};

const HEADER: &str = "idempotency-key";
const REPLAY_HEADER: &str = "idempotent-replay";

/// The `Idempotency-Key` of a request: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let refuse = |reason: &str| Error::invalid("invalid_idempotency_key", "Idempotency-Key", reason);
        let Some(value) = values.next() else {
            return Err(refuse(
                "is required: a text of your own that is the same whenever you send this request again",
            ));
        };
        match value.to_str() {
            Ok(key)
                if (1..=255).contains(&key.len())
                    && key.bytes().all(|byte| byte.is_ascii_graphic())
                    && values.next().is_none() =>
            {
                Ok(Self(key.to_owned()))
            }
            _ => Err(refuse("must be one text of 1 to 255 visible ASCII characters")),
        }
    }
}

/// A body with the key it came with, and what tells it from other bodies.
#[derive(Debug, Serialize)]
pub struct Keyed<T> {
    #[serde(flatten)]
    body: T,
    idempotency_key: String,
    body_sha256: String,
}

impl<T> Keyed<T> {
    /// What tells the body from others, in hexadecimal digits.
    pub fn body_sha256(&self) -> &str {
        &self.body_sha256
    }
}

impl IdempotencyKey {
    /// The key of a write that came without one, by what it is about.
    pub fn of(about: String) -> Self {
        Self(about)
    }

    /// Binds the key to a body of this operation. Two spellings of one value are the same body.
    ///
    /// The key is compared by later releases too. So what is hashed is the body as canonical JSON: members in the order
    /// of their names, and none that is null. A release that gives the body another optional member finds the same hash.
    pub fn bind<T: Serialize>(self, operation: &'static str, body: T) -> Result<Keyed<T>> {
        let canonical = to_raw_value(&body).and_then(|body| canonical(&body));
        let canonical = canonical.map_err(|error| Error::Bug(error.to_string()))?;
        let text = format!("[{},{canonical}]", Value::from(operation));
        let body_sha256 = HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref());
        Ok(Keyed { body, idempotency_key: self.0, body_sha256 })
    }
}

/// Numbers are taken as they are written: two that differ, however far behind the point, are two bodies.
fn canonical(raw: &RawValue) -> serde_json::Result<String> {
    Ok(match Node::read(raw)? {
        Node::Object(members) => {
            let present: BTreeMap<_, _> = members.into_iter().filter(|(_, member)| member.get() != "null").collect();
            let members =
                present.into_iter().map(|(name, member)| Ok(format!("{}:{}", Value::from(name), canonical(member)?)));
            format!("{{{}}}", members.collect::<serde_json::Result<Vec<_>>>()?.join(","))
        }
        Node::List(items) => {
            let items = items.into_iter().map(canonical);
            format!("[{}]", items.collect::<serde_json::Result<Vec<_>>>()?.join(","))
        }
        Node::Text(text) => Value::from(text).to_string(),
        Node::Number(written) | Node::Word(written) => written.to_owned(),
    })
}

/// A 201 with what was written, now or the first time: then with `Idempotent-Replay: true`.
#[derive(Debug, Deserialize)]
pub struct Written<T> {
    entry: T,
    replayed: bool,
}

impl<T: Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        let mut response = Created(self.entry).into_response();
        if self.replayed {
            response.headers_mut().insert(REPLAY_HEADER, HeaderValue::from_static("true"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hash(body: impl Serialize) -> String {
        IdempotencyKey("k".to_owned()).bind("record_purchase", body).unwrap().body_sha256
    }

    /// What ledgers in production hold must be found again by every release to come.
    #[test]
    fn the_hash_of_a_body_never_changes() {
        let purchase = json!({ "user_id": "auth0|ann", "amount": "100.00", "reference": "pi_3QJ7" });
        assert_eq!(hash(purchase), "da13c67fff12eb4755d72bd452f1d29671784df3d24f8334fe5846fc306df460");
    }

    #[test]
    fn neither_the_order_of_members_nor_an_absent_one_makes_another_body() {
        let same = [
            json!({ "a": "1", "b": ["2", { "d": true, "c": "é" }] }),
            json!({ "b": ["2", { "c": "é", "d": true, "later": null }], "a": "1", "new": null }),
        ];
        let [one, other] = same.map(hash);
        assert_eq!(one, other);
        assert_ne!(one, hash(json!({ "a": "1", "b": ["2", { "d": false, "c": "é" }] })));
        // Nor does a number become its neighbour.
        let number = |text: &str| hash(RawValue::from_string(format!("{{\"n\":{text}}}")).unwrap());
        assert_eq!(number("18446744073709551617"), number("18446744073709551617"));
        assert_ne!(number("18446744073709551617"), number("18446744073709551618"));
        assert_ne!(number("0.30000000000000001"), number("0.3"));
        assert_eq!(number("1"), hash(json!({ "n": 1 })));
        // A member's end cannot be shifted into its neighbour.
        assert_ne!(hash(json!({ "a": "x\",\"b\":\"y" })), hash(json!({ "a": "x", "b": "y" })));
    }
}
