//! A login as it is reported: by the Action with a signature, or by the user with an access token.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::Extensions,
};
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
    request_id::RequestId,
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
    /// A call that the door repeats has the same one, and so finds what it did.
    request_id: Option<String>,
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

/// A login that users report themselves: who they are, and the profile in their token.
#[derive(Debug)]
pub struct OwnLogin {
    pub caller: SignedIn,
    pub event: LoginEvent,
}

/// What a user says beside the token: nothing, or an empty object.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl FromRequest<App> for Login {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if webhook::is_signed(request.headers()) {
            return signed(request, app).await;
        }
        let request_id = request_id(request.extensions());
        let OwnLogin { event, .. } = OwnLogin::from_request(request, app).await?;
        Ok(Self { webhook_id: None, request_id, event })
    }
}

impl FromRequest<App> for OwnLogin {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let caller = SignedIn::from_request_parts(&mut parts, app).await?;
        let bytes = body::read(body, LIMIT_BYTES).await?;
        if !bytes.is_empty() {
            body::require_json(&parts)?;
            body::parse::<Nothing>(&bytes)?;
        }
        let claims = &caller.claims;
        let bug = |reason| Error::Bug(format!("the subject of a checked caller {reason}"));
        let event = LoginEvent {
            user_id: UserId::try_from(claims.sub.clone()).map_err(bug)?,
            email: claims.email.clone(),
            email_verified: claims.email.as_ref().and(claims.email_verified),
            name: claims.name.clone(),
            logged_in_at: DateTime::from_timestamp(claims.iat, 0)
                .ok_or_else(|| Error::unauthorized("the token was issued at no time we know"))?
                .into(),
        };
        Ok(Self { caller, event })
    }
}

async fn signed(request: Request, app: &App) -> Result<Login> {
    let (parts, body) = request.into_parts();
    let bytes = body::read(body, LIMIT_BYTES).await?;
    let secrets = app.secrets.get().await?;
    let webhook_id = webhook::verify(&parts.headers, &bytes, &secrets.webhook_secrets, app.clock.now())
        .map_err(Error::unauthorized)?;
    body::require_json(&parts)?;
    let event: LoginEvent = body::parse(&bytes)?;
    if event.logged_in_at > Time::from(app.clock.now() + MAX_AHEAD) {
        let reason = "must not be more than five minutes ahead";
        return Err(Error::invalid("invalid_body", "logged_in_at", reason));
    }
    Ok(Login { webhook_id: Some(webhook_id), request_id: request_id(&parts.extensions), event })
}

fn request_id(extensions: &Extensions) -> Option<String> {
    extensions.get::<RequestId>().map(|id| id.0.clone())
}

/// Some identity providers send an empty name rather than none.
fn blank_is_absent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PersonName>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty());
    text.map(PersonName::try_from).transpose().map_err(serde::de::Error::custom)
}
