//! Who may call is the type of a handler's argument. The token proves who is calling; that she exists,
//! is active and is what the type says, is proved by `app.authorize` in the call's one round trip. What a
//! machine may do is in its token.

use std::marker::PhantomData;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    app::App,
    auth::token::Claims,
    domain::user::UserId,
    error::{Error, Kind, Result},
    http::pipeline::RequestId,
};

/// A person with a good token, of whom the database must prove `R`.
#[derive(Clone, Debug)]
pub struct Caller<R> {
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

/// A machine, by a permission of its token; the database need not know it.
#[derive(Clone, Copy, Debug)]
pub struct IsMachine;

impl Role for IsMachine {
    const MUST_BE: &'static str = "machine";
}

/// An account owner, for her account.
pub type AccountOwner = Caller<IsOwner>;

/// An administrator.
pub type Admin = Caller<IsAdmin>;

/// A user of ours, for herself.
pub type SignedIn = Caller<AnyUser>;

/// A machine that may report usage: its token has the permission `usage:write`.
#[derive(Clone, Debug)]
pub struct UsageWriter(Caller<IsMachine>);

/// Who may record purchases: a machine with the permission `credits:write`, or an administrator.
#[derive(Clone, Debug)]
pub enum CreditsWriter {
    Machine(Caller<IsMachine>),
    Admin(Admin),
}

/// The daily schedule: nobody's request, and no route leads to what it starts.
#[derive(Debug, Serialize)]
pub struct Schedule {
    must_be: &'static str,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { must_be: "schedule" }
    }
}

impl Schedule {
    /// The argument for a SQL function of the daily work.
    pub fn with<I: Serialize>(&self, input: I) -> Call<'_, Self, I> {
        Call { caller: self, input }
    }
}

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
        caller.serialize_field("sub", &self.claims.sub)?;
        caller.serialize_field("must_be", R::MUST_BE)?;
        caller.serialize_field("request_id", &self.request_id.0)?;
        caller.end()
    }
}

impl<R> Caller<R> {
    fn new(claims: Claims, parts: &Parts) -> Self {
        let request_id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Self { claims, request_id, role: PhantomData }
    }
}

impl<R: Role> FromRequestParts<App> for Caller<R> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = app.tokens.verify(bearer(&parts.headers)?).await?;
        person(claims, parts)
    }
}

impl FromRequestParts<App> for UsageWriter {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = app.tokens.verify(bearer(&parts.headers)?).await?;
        machine(claims, parts, "usage:write").map(Self)
    }
}

impl FromRequestParts<App> for CreditsWriter {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = app.tokens.verify(bearer(&parts.headers)?).await?;
        if is_machine(&claims) {
            return machine(claims, parts, "credits:write").map(Self::Machine);
        }
        person(claims, parts).map(Self::Admin)
    }
}

impl UsageWriter {
    /// The argument for the SQL function of the endpoint.
    pub fn with<I: Serialize>(&self, input: I) -> Call<'_, Caller<IsMachine>, I> {
        self.0.with(input)
    }
}

impl CreditsWriter {
    /// The argument for the SQL function of the endpoint.
    pub fn with<I: Serialize>(&self, input: I) -> Call<'_, Self, I> {
        Call { caller: self, input }
    }
}

impl Serialize for CreditsWriter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Machine(machine) => machine.serialize(serializer),
            Self::Admin(admin) => admin.serialize(serializer),
        }
    }
}

fn is_machine(claims: &Claims) -> bool {
    claims.sub.ends_with("@clients")
}

fn person<R: Role>(claims: Claims, parts: &Parts) -> Result<Caller<R>> {
    if is_machine(&claims) {
        let detail = "This is for people. The access token is good, and it is a machine's.";
        return Err(Error::rejected(Kind::Forbidden, "person_only", detail));
    }
    UserId::try_from(claims.sub.clone()).map_err(Error::unauthorized)?;
    Ok(Caller::new(claims, parts))
}

/// Permissions are a machine's: what a person may do is in the database.
fn machine(claims: Claims, parts: &Parts, permission: &'static str) -> Result<Caller<IsMachine>> {
    let may = is_machine(&claims) && claims.permissions.iter().any(|granted| granted == permission);
    if may {
        return Ok(Caller::new(claims, parts));
    }
    let detail = format!("This is for machines whose access token has the permission `{permission}`.");
    Err(Error::rejected(Kind::Forbidden, "permission_missing", detail))
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
