//! Failures in three lanes, by who can act: the caller, time, or us. Every failing status is decided here.

use std::borrow::Cow;

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not done. What the operator reads in the log is not what the caller is told.
#[derive(Debug)]
pub enum Error {
    /// The caller can act: a 4xx that says how.
    Rejected(Rejection),
    /// Time mends it: a 503 with `Retry-After`. The text is for the log.
    Unavailable(String),
    /// We must act: a 500 with a fixed text. The text is for the log.
    Bug(String),
}

/// A refusal the caller can understand. Nothing secret goes in.
#[derive(Debug)]
pub struct Rejection {
    pub kind: Kind,
    /// Stable: programs compare it.
    pub code: Cow<'static, str>,
    /// For a person.
    pub detail: Cow<'static, str>,
    pub fields: Vec<FieldError>,
    /// Why, for the log alone: a 401 must not say which check failed.
    pub log: Option<Cow<'static, str>>,
}

/// A part of the input that is wrong: `field` is a path such as `readings[3].cpu_hours`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    pub field: String,
    pub reason: String,
}

macro_rules! kinds {
    ($($kind:ident $status:ident $sqlstate:literal,)*) => {
        /// The kinds of refusal, each with its HTTP status and, for SQL functions, its `ERRCODE`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($kind),* }

        impl Kind {
            pub fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status),* }
            }

            /// The kind that a SQL function raised, if it raised one of ours.
            pub fn from_sqlstate(code: &str) -> Option<Self> {
                match code { $($sqlstate => Some(Self::$kind),)* _ => None }
            }
        }
    };
}

kinds! {
    Invalid BAD_REQUEST "AP400",
    Unauthorized UNAUTHORIZED "AP401",
    Forbidden FORBIDDEN "AP403",
    NotFound NOT_FOUND "AP404",
    MethodNotAllowed METHOD_NOT_ALLOWED "AP405",
    Conflict CONFLICT "AP409",
    PreconditionFailed PRECONDITION_FAILED "AP412",
    TooLarge PAYLOAD_TOO_LARGE "AP413",
    UnsupportedMediaType UNSUPPORTED_MEDIA_TYPE "AP415",
}

impl Error {
    pub fn rejected(kind: Kind, code: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Rejected(Rejection { kind, code: code.into(), detail: detail.into(), fields: Vec::new(), log: None })
    }

    /// A 400 that names one field of the input.
    pub fn invalid(code: &'static str, field: impl Into<String>, reason: impl Into<String>) -> Self {
        let field = FieldError { field: field.into(), reason: reason.into() };
        Self::Rejected(Rejection {
            kind: Kind::Invalid,
            code: code.into(),
            detail: format!("{}: {}", field.field, field.reason).into(),
            fields: vec![field],
            log: None,
        })
    }

    /// The one 401: it looks the same whatever the reason, which goes to the log.
    pub fn unauthorized(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Rejected(Rejection {
            kind: Kind::Unauthorized,
            code: "unauthorized".into(),
            detail: "Sign in again: this call needs a valid access token.".into(),
            fields: Vec::new(),
            log: Some(reason.into()),
        })
    }

    /// What programs compare.
    pub fn code(&self) -> &str {
        match self {
            Self::Rejected(rejection) => &rejection.code,
            Self::Unavailable(_) => "unavailable",
            Self::Bug(_) => "internal_error",
        }
    }

    /// Why, for the operator.
    pub fn reason(&self) -> &str {
        match self {
            Self::Rejected(rejection) => rejection.log.as_deref().unwrap_or(&rejection.detail),
            Self::Unavailable(reason) | Self::Bug(reason) => reason,
        }
    }

    /// The HTTP status the caller sees.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Rejected(rejection) => rejection.kind.status(),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Bug(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
