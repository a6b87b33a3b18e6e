//! Who may call is the type of a handler's argument. The token proves who is calling, and what a machine may do. That
//! the user exists, is active and is what the type says, is proved by `authorize` in the call's one round trip; there
//! each SQL function says once more whom it is for, so a caller of another type is refused.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use serde::Serialize;

use crate::{
    auth::token::{Claims, Tokens},
    domain::{line::is_line, user::MAX_SUBJECT_CHARS},
    error::{Error, Kind, Result},
    request_id::RequestId,
};

/// A caller with a good token, who is `R` as far as the token can tell.
#[derive(Clone, Debug)]
pub struct Caller<R> {
    pub claims: Claims,
    must_be: &'static str,
    request_id: RequestId,
    role: PhantomData<R>,
}

/// What a handler demands of its caller.
pub trait Role {
    /// What `authorize` must find the caller to be, one of the kinds that the SQL function names; or why this token is not enough.
    fn must_be(claims: &Claims) -> Result<&'static str>;
}

/// Any active user.
#[derive(Clone, Copy, Debug)]
pub struct AnyUser;

impl Role for AnyUser {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        person(claims, "user")
    }
}

/// Any active user, and a suspended account owner: they see what they owe, and pay.
#[derive(Clone, Copy, Debug)]
pub struct UserOrSuspendedOwner;

impl Role for UserOrSuspendedOwner {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        person(claims, "user_or_suspended_owner")
    }
}

/// Any user who is not deleted.
#[derive(Clone, Copy, Debug)]
pub struct UserOrSuspended;

impl Role for UserOrSuspended {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        person(claims, "user_or_suspended")
    }
}

/// The owner of an account: not a member of a team.
#[derive(Clone, Copy, Debug)]
pub struct IsOwner;

impl Role for IsOwner {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        person(claims, "owner")
    }
}

/// An administrator, by `users.is_admin`.
#[derive(Clone, Copy, Debug)]
pub struct IsAdmin;

impl Role for IsAdmin {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        person(claims, "admin")
    }
}

/// A machine with the permission `usage:write`.
#[derive(Clone, Copy, Debug)]
pub struct MayWriteUsage;

impl Role for MayWriteUsage {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        machine(claims, "usage:write")
    }
}

/// A machine with the permission `credits:write`, or an administrator.
#[derive(Clone, Copy, Debug)]
pub struct MayWriteCredits;

impl Role for MayWriteCredits {
    fn must_be(claims: &Claims) -> Result<&'static str> {
        if claims.is_machine { machine(claims, "credits:write") } else { person(claims, "admin") }
    }
}

/// An account owner, for their account.
pub type AccountOwner = Caller<IsOwner>;

/// An administrator.
pub type Admin = Caller<IsAdmin>;

/// A user, for themselves.
pub type SignedIn = Caller<AnyUser>;

/// A user, or a suspended account owner, for what they owe.
pub type SignedInOrSuspendedOwner = Caller<UserOrSuspendedOwner>;

/// A user, also a suspended one, for what they may know about themselves.
pub type SignedInOrSuspended = Caller<UserOrSuspended>;

/// A machine that may report usage.
pub type UsageWriter = Caller<MayWriteUsage>;

/// Who may record purchases.
pub type CreditsWriter = Caller<MayWriteCredits>;

/// The argument of every SQL function: who is calling, and with what.
#[derive(Debug, Serialize)]
pub struct Call<'a, I> {
    caller: Identity<'a>,
    input: I,
}

/// Who is calling, as `authorize` reads it.
#[derive(Debug, Serialize)]
struct Identity<'a> {
    sub: Option<&'a str>,
    must_be: &'static str,
    request_id: Option<&'a str>,
}

impl<R> Caller<R> {
    /// The argument for the SQL function of the endpoint.
    pub fn with<I: Serialize>(&self, input: I) -> Call<'_, I> {
        let (sub, request_id) = (Some(&*self.claims.sub), Some(&*self.request_id.0));
        Call { caller: Identity { sub, must_be: self.must_be, request_id }, input }
    }
}

impl<I: Serialize> Call<'static, I> {
    /// The argument for a SQL function of the daily work: nobody's request, and no route leads to what it starts.
    pub fn by_schedule(input: I) -> Self {
        Self { caller: Identity { sub: None, must_be: "schedule", request_id: None }, input }
    }
}

impl<'a, I: Serialize> Call<'a, I> {
    /// The argument for what a payment processor reports, whose signature has been checked.
    pub fn by_processor(name: &'a str, request_id: &'a RequestId, input: I) -> Self {
        Self { caller: Identity { sub: Some(name), must_be: "processor", request_id: Some(&*request_id.0) }, input }
    }
}

impl<R: Role, S: Send + Sync> FromRequestParts<S> for Caller<R>
where
    Arc<Tokens>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let claims = Arc::from_ref(state).verify(bearer(&parts.headers)?).await?;
        require_usable_subject(&claims)?;
        let must_be = R::must_be(&claims)?;
        let request_id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Ok(Self { claims, must_be, request_id, role: PhantomData })
    }
}

/// Refuses a subject that no account can have. Signing in again would bring the same one: hence no 401.
fn require_usable_subject(claims: &Claims) -> Result<()> {
    if is_line(&claims.sub, MAX_SUBJECT_CHARS) {
        return Ok(());
    }
    let detail = "The id of this sign-in (the token's `sub`) is longer than 255 characters or holds control characters, so no \
                  account can have it. Ask an administrator to map another attribute to the user's id in the identity \
                  provider's connection.";
    Err(Error::rejected(Kind::Forbidden, "subject_unusable", detail))
}

fn person(claims: &Claims, must_be: &'static str) -> Result<&'static str> {
    if claims.is_machine {
        let detail = "This is for people, and the access token is a machine's. Sign in as a person and use that token.";
        return Err(Error::rejected(Kind::Forbidden, "person_only", detail));
    }
    Ok(must_be)
}

/// Permissions are a machine's: what a person may do is in the database.
fn machine(claims: &Claims, permission: &'static str) -> Result<&'static str> {
    let may = claims.is_machine && claims.permissions.iter().any(|granted| granted == permission);
    if may {
        return Ok("machine");
    }
    let detail = format!(
        "This is for machines whose access token has the permission `{permission}`. Grant it to the machine's application \
         in the identity provider, and get a new token."
    );
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
