//! What goes wrong with a stand-in when a test wants it to.

use std::time::Duration;

use axum::{
    body::Body,
    http::header::{CONTENT_TYPE, RETRY_AFTER},
    response::Response,
};
use fastrand::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The work begins only after so long. It is done even if the client does not wait for it.
    Slow(Duration),
    /// Nothing is done, and this status is answered.
    Status(u16),
    /// Nothing is done, and no answer comes.
    Hang,
    /// Nothing is done, and the connection ends.
    CutBefore,
    /// The work is done, and the connection ends without an answer.
    CutAfterCommit,
    TooManyRequests {
        retry_after_s: Option<u32>,
    },
    /// Lists are empty; all else is answered as ever.
    EmptyList,
    /// A login page with status 200, as a proxy in front of the server answers it.
    Html,
}

/// What passes by itself, for faults at random.
const PASSING: [Fault; 7] = [
    Fault::Slow(Duration::from_millis(20)),
    Fault::Status(500),
    Fault::Status(503),
    Fault::CutBefore,
    Fault::CutAfterCommit,
    Fault::TooManyRequests { retry_after_s: None },
    Fault::TooManyRequests { retry_after_s: Some(1) },
];

impl Fault {
    /// One that passes by itself.
    pub fn passing(rng: &mut Rng) -> Self {
        PASSING[rng.usize(..PASSING.len())]
    }

    /// The answer of one that does nothing but answer.
    pub fn answer(self) -> Option<Response> {
        let html = |status, text: &str| {
            let response = Response::builder().status(status).header(CONTENT_TYPE, "text/html");
            response.body(Body::from(format!("<html><body>{text}</body></html>"))).expect("our own answer")
        };
        match self {
            Self::Status(status) => Some(html(status, "No answer of the server")),
            Self::Html => Some(html(200, "<form>Log in</form>")),
            Self::TooManyRequests { retry_after_s } => {
                let mut response = html(429, "Too many requests");
                if let Some(seconds) = retry_after_s {
                    response.headers_mut().insert(RETRY_AFTER, seconds.into());
                }
                Some(response)
            }
            Self::Slow(_) | Self::Hang | Self::CutBefore | Self::CutAfterCommit | Self::EmptyList => None,
        }
    }
}
