//! Failures as RFC 9457 `application/problem+json`.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{
        HeaderValue, Response,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::IntoResponse,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, FieldError, Kind};

/// How long a caller is asked to wait after a 503, in seconds.
const RETRY_AFTER_S: &str = "2";

/// The body of every failing answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem<'a> {
    /// Always `about:blank`: the `code` says more.
    r#type: &'static str,
    /// The status in words.
    title: &'a str,
    status: u16,
    /// Stable: programs compare it.
    code: &'a str,
    /// For a person, who can act on it.
    detail: &'a str,
    /// The same as in `x-request-id`; name it when you ask us.
    request_id: &'a str,
    /// The fields that are wrong, where the input is.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

/// Carries the failure to the pipeline, which knows the request id and writes the log.
#[derive(Clone, Debug)]
pub(crate) struct Attached(pub Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status();
        response.extensions_mut().insert(Attached(Arc::new(self)));
        response
    }
}

/// Writes the failure into the response, keeping headers it has already (`Allow`).
pub(crate) fn render(response: &mut Response<Body>, error: &Error, request_id: &str) {
    let status = error.status();
    let (detail, errors) = match error {
        Error::Rejected(rejection) => (&*rejection.detail, &rejection.fields[..]),
        Error::Unavailable(_) => ("This cannot be done right now. Try again in a moment.", &[][..]),
        Error::Bug(_) => ("Something went wrong on our side. It has been logged.", &[][..]),
    };
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or_default(),
        status: status.as_u16(),
        code: error.code(),
        detail,
        request_id,
        errors,
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    *response.status_mut() = status;
    *response.body_mut() = Body::from(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    match error {
        Error::Unavailable(_) => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        Error::Rejected(rejection) if rejection.kind == Kind::Unauthorized => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
}
