//! Parts of the address, parsed into types, with the field named when that fails.

use std::fmt::Display;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    error::{Error, Result},
    http::{body, nul},
};

/// The one variable part of a path: a UUID, or another id `InPath`.
#[derive(Clone, Debug)]
pub struct Id<T>(pub T);

/// The two variable parts of a path, in their order.
#[derive(Clone, Debug)]
pub struct Ids<A, B>(pub A, pub B);

impl<S: Send + Sync, T: TryFrom<String, Error: Display>> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = in_path(parts, state).await?;
        part(&params, 0).map(Self)
    }
}

impl<S, A, B> FromRequestParts<S> for Ids<A, B>
where
    S: Send + Sync,
    A: TryFrom<String, Error: Display>,
    B: TryFrom<String, Error: Display>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let params = in_path(parts, state).await?;
        Ok(Self(part(&params, 0)?, part(&params, 1)?))
    }
}

async fn in_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams> {
    RawPathParams::from_request_parts(parts, state).await.map_err(|error| {
        let reason = error.body_text();
        // axum names the part that is not UTF-8 in its sentence alone.
        let name = reason.split('`').nth(1).unwrap_or("path").to_owned();
        Error::invalid("invalid_path", name, reason)
    })
}

fn part<T: TryFrom<String, Error: Display>>(params: &RawPathParams, place: usize) -> Result<T> {
    let (name, text) = params
        .iter()
        .nth(place)
        .ok_or_else(|| Error::Bug(format!("a route asks for a variable part that it does not have: {place}")))?;
    T::try_from(text.to_owned()).map_err(|error| Error::invalid("invalid_path", name, error.to_string()))
}

/// The query, every field a text that `T` parses.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
            .map_err(|error| Error::invalid("invalid_query", "query", error.to_string()))?;
        // What is no UTF-8 is read as this character, and would name somebody else.
        let says_it = query.to_ascii_uppercase().contains("%EF%BF%BD");
        let mut fields = Map::new();
        for (name, value) in pairs {
            if name.len() > nul::LONGEST_FIELD_NAME {
                return Err(Error::invalid("invalid_query", "(unknown)", "unknown field"));
            }
            if value.contains('\u{fffd}') && !says_it {
                return Err(Error::invalid("invalid_query", name, "must be UTF-8, percent-encoded"));
            }
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
