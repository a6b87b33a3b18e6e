//! Who may call is the type of a handler's argument. The token proves who is calling; that she exists,
//! is active and is what the type says, is proved by `app.authorize` in the call's one round trip.

use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    app::App,
    error::{Error, Result},
    pipeline::RequestId,
    token::Claims,
    user::UserId,
};

/// A person with a good token, of whom the database must prove `R`.
#[derive(Clone, Debug)]
pub struct Caller<R> {
    pub id: UserId,
    pub claims: Claims,
    request_id: RequestId,
    role: PhantomData<R>,
}

/// What `app.authorize` must find the caller to be.
pub trait Role {
    const MUST_BE: &'static str;
}

/// Anybody who is active.
#[derive(Clone, Copy, Debug)]
pub struct AnyUser;

impl Role for AnyUser {
    const MUST_BE: &'static str = "user";
}

/// Whoever owns the account: not a member of a team.
#[derive(Clone, Copy, Debug)]
pub struct IsOwner;

impl Role for IsOwner {
    const MUST_BE: &'static str = "owner";
}

/// An administrator, by `users.is_admin`.
#[derive(Clone, Copy, Debug)]
pub struct IsAdmin;

impl Role for IsAdmin {
    const MUST_BE: &'static str = "admin";
}

/// An account owner, for her account.
pub type AccountOwner = Caller<IsOwner>;

/// An administrator.
pub type Admin = Caller<IsAdmin>;

/// A user of ours, for herself.
pub type SignedIn = Caller<AnyUser>;

/// The argument of every SQL function: who is calling, and with what.
#[derive(Debug, Serialize)]
pub struct Call<'a, C, I> {
    pub caller: &'a C,
    pub input: I,
}

impl<R: Role> Caller<R> {
    /// The argument for the SQL function of the endpoint.
    pub fn with<I: Serialize>(&self, input: I) -> Call<'_, Self, I> {
        Call { caller: self, input }
    }
}

impl<R: Role> Serialize for Caller<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut caller = serializer.serialize_struct("Caller", 3)?;
        caller.serialize_field("sub", &self.id)?;
        caller.serialize_field("must_be", R::MUST_BE)?;
        caller.serialize_field("request_id", &self.request_id.0)?;
        caller.end()
    }
}

impl<R: Role> FromRequestParts<App> for Caller<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = app.tokens.verify(bearer(&parts.headers)?).await?;
        let id = UserId::try_from(claims.sub.clone()).map_err(Error::unauthorized)?;
        let request_id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Ok(Self { id, claims, request_id, role: PhantomData })
    }
}

/// The token of the one `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Result<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Error::unauthorized("not exactly one Authorization header"));
    };
    let value = value.to_str().map_err(|_| Error::unauthorized("the Authorization header is not ASCII"))?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(Error::unauthorized("the Authorization header is not a bearer token")),
    }
}
