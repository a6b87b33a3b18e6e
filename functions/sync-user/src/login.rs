//! A login as it is reported: by the Action with a signature, or by the user with an access token.

use axum::extract::{FromRequest, FromRequestParts, Request};
use chrono::{DateTime, TimeDelta};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use shared::{
    App, Error, Result,
    auth::{caller::SignedIn, webhook},
    domain::{
        time::Time,
        user::{EmailAddress, PersonName, UserId},
    },
    http::body,
};

/// How far ahead of our clock a login may say it was: later ones would shut out every profile until then.
const MAX_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Many times what a login holds. Whoever knows the address may have us hash this much, so it is little.
const LIMIT_BYTES: usize = 64 * 1024;

/// What `blank_is_absent` lets through.
const BLANK_OR_NAME: &str = r"^(\s*|[^\u0000-\u001f\u007f-\u009f]{1,300})$";

/// Who logged in, when, and with which profile.
#[derive(Debug, Serialize)]
pub struct Login {
    /// The login counts once per id; without one it counts only if it makes the user.
    webhook_id: Option<String>,
    #[serde(flatten)]
    event: LoginEvent,
}

/// The Action's message. Only `user_id` and the time are sure to be known; what is absent stays as it is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginEvent {
    user_id: UserId,
    email: Option<EmailAddress>,
    email_verified: Option<bool>,
    /// A person's name: at most 300 characters, no control characters. A blank one counts as absent.
    #[serde(default, deserialize_with = "blank_is_absent")]
    #[schemars(with = "Option<String>", extend("pattern" = BLANK_OR_NAME))]
    name: Option<PersonName>,
    logged_in_at: Time,
}

/// What a user says beside the token: nothing. The profile is in the token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl FromRequest<App> for Login {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if webhook::is_signed(request.headers()) { signed(request, app).await } else { by_token(request, app).await }
    }
}

async fn signed(request: Request, app: &App) -> Result<Login> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, LIMIT_BYTES).await?;
    let secrets = app.secrets.get().await?;
    let webhook_id = webhook::verify(&parts.headers, &bytes, &secrets.webhook_secrets, app.clock.now())
        .map_err(Error::unauthorized)?;
    body::require_json(&parts.headers)?;
    let event: LoginEvent = body::parse(&bytes)?;
    if event.logged_in_at > Time::from(app.clock.now() + MAX_AHEAD) {
        let reason = "must not be more than five minutes ahead";
        return Err(Error::invalid("invalid_body", "logged_in_at", reason));
    }
    Ok(Login { webhook_id: Some(webhook_id), event })
}

async fn by_token(request: Request, app: &App) -> Result<Login> {
    let (mut parts, body) = request.into_parts();
    let caller = SignedIn::from_request_parts(&mut parts, app).await?;
    let bytes = body::read(body, LIMIT_BYTES).await?;
    if !bytes.is_empty() {
        body::require_json(&parts.headers)?;
        body::parse::<Nothing>(&bytes)?;
    }
    let issued_at = DateTime::from_timestamp(caller.claims.iat, 0)
        .ok_or_else(|| Error::unauthorized("the token was issued at no time we know"))?;
    let email_verified = caller.claims.email.is_some().then_some(caller.claims.email_verified);
    Ok(Login {
        webhook_id: None,
        event: LoginEvent {
            user_id: UserId::try_from(caller.claims.sub).map_err(Error::unauthorized)?,
            email: caller.claims.email,
            email_verified,
            name: caller.claims.name,
            logged_in_at: issued_at.into(),
        },
    })
}

/// Some identity providers send an empty name rather than none.
fn blank_is_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PersonName>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty());
    text.map(PersonName::try_from).transpose().map_err(serde::de::Error::custom)
}
