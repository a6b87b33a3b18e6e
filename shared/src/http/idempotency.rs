//! Idempotency keys for money writes: chosen by the caller, bound to the body.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::{
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

impl IdempotencyKey {
    /// Binds the key to a body of this operation. Two spellings of one value are the same body.
    pub fn bind<T: Serialize>(self, operation: &'static str, body: T) -> Result<Keyed<T>> {
        let text = serde_json::to_vec(&(operation, &body)).map_err(|error| Error::Bug(error.to_string()))?;
        let body_sha256 = HEXLOWER.encode(digest(&SHA256, &text).as_ref());
        Ok(Keyed { body, idempotency_key: self.0, body_sha256 })
    }
}

/// A 201 with what was written, now or the first time: then with `Idempotent-Replay: true`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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
