//! Parts of the address, parsed into types, with the field named when that fails.

use axum::{
    extract::{FromRequestParts, Path, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    body,
    error::{Error, Result},
};

/// The one variable part of a path, such as a user's id or a UUID.
#[derive(Clone, Debug)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: TryFrom<String, Error: std::fmt::Display>> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) =
            path.map_err(|error: PathRejection| Error::invalid("invalid_path", "id", error.body_text()))?;
        T::try_from(text).map(Self).map_err(|error| Error::invalid("invalid_path", "id", error.to_string()))
    }
}

/// The query, every field a text that `T` parses.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
            .map_err(|error| Error::invalid("invalid_query", "query", error.to_string()))?;
        let mut fields = Map::new();
        for (name, value) in pairs {
            if value.contains('\0') {
                return Err(Error::invalid("invalid_query", name, "must not contain the character U+0000"));
            }
            if fields.insert(name.clone(), Value::String(value)).is_some() {
                return Err(Error::invalid("invalid_query", name, "must be given once"));
            }
        }
        body::typed("invalid_query", Value::Object(fields)).map(Self)
    }
}
