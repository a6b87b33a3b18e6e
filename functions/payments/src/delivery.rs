//! A delivery of Stripe's: an event whose signature is good.

use axum::extract::{FromRequest, Request};
use shared::{
    App, Error, Result,
    auth::stripe::Signature,
    error::Kind,
    http::body::{self, require_json},
    request_id::RequestId,
};

use crate::event::StripeEvent;

/// A dispute with all its evidence holds 150,000 characters of other people's text, which is the most that an event does.
/// Whoever knows the address may have us hash this much, so it is no more.
const LIMIT_BYTES: usize = 512 * 1024;

/// An event, and the request that brought it. What else the body held is forgotten.
#[derive(Debug)]
pub struct Delivery {
    pub event: StripeEvent,
    pub request_id: RequestId,
}

impl FromRequest<App> for Delivery {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let secrets = app.secrets.get().await?;
        let Some(stripe) = &secrets.stripe else {
            let detail = "No Stripe account is connected here. An operator connects one: docs/deploy.md says how.";
            return Err(Error::rejected(Kind::NotFound, "stripe_not_connected", detail));
        };
        let (parts, body) = request.into_parts();
        let signature = Signature::of(&parts.headers, app.clock.now()).map_err(Error::unauthorized)?;
        let bytes = body::read(body, LIMIT_BYTES).await?;
        if !signature.is_by(&stripe.webhook_secrets, &bytes) {
            return Err(Error::unauthorized("no signature of Stripe-Signature matches"));
        }
        require_json(&parts)?;
        let event: StripeEvent = body::parse_frame(&bytes)?;
        if event.livemode != stripe.livemode {
            let detail = "This event is about test money and real money is expected here, or the other way round. Give this \
                          address to the other kind of webhook endpoint, or have an operator connect this one.";
            return Err(Error::rejected(Kind::Conflict, "livemode_differs", detail));
        }
        let request_id = parts.extensions.get::<RequestId>().cloned().unwrap_or_default();
        Ok(Self { event, request_id })
    }
}
