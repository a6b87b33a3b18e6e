//! The tokens that a test's issuer signs, and requests signed as the Auth0 Action and Stripe sign them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{AUDIENCE, CLAIMS_NAMESPACE, World, request::TestRequest};
use crate::issuer;

impl World {
    pub fn claims(&self, sub: &str) -> Value {
        issuer::claims(&self.issuer.url(), AUDIENCE, sub, self.clock.now().timestamp())
    }

    pub fn token(&self, sub: &str) -> String {
        self.key.sign(&self.claims(sub))
    }

    /// A good access token with an e-mail address, verified.
    pub fn token_with_email(&self, sub: &str, email: &str) -> String {
        let mut claims = self.claims(sub);
        issuer::add_email(&mut claims, CLAIMS_NAMESPACE, email);
        self.key.sign(&claims)
    }

    pub fn machine_token(&self, permissions: &[&str]) -> String {
        let mut claims = self.claims("meter@clients");
        claims["permissions"] = json!(permissions);
        self.key.sign(&claims)
    }
}

impl TestRequest {
    /// Signs body and time as the Action does, under a new `webhook-id`.
    pub fn signed(self, world: &World) -> Self {
        self.signed_as(world, &format!("msg_{}", Uuid::new_v4().simple()))
    }

    /// Signs as the Action does, under this `webhook-id`.
    pub fn signed_as(self, world: &World, id: &str) -> Self {
        let timestamp_s = world.clock.now().timestamp();
        let signature = world.webhook_secret.sign(id, timestamp_s, &self.body);
        self.header("webhook-id", id)
            .header("webhook-timestamp", &timestamp_s.to_string())
            .header("webhook-signature", &signature)
    }

    /// Signs body and time as Stripe does.
    pub fn signed_as_stripe(self, world: &World) -> Self {
        let timestamp_s = world.clock.now().timestamp();
        let signature = world.stripe_secret.sign(timestamp_s, &self.body);
        self.header("stripe-signature", &format!("t={timestamp_s},v1={signature}"))
    }
}
