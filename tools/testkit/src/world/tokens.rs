//! The tokens that a test's issuer signs.

use serde_json::{Value, json};

use super::{AUDIENCE, CLAIMS_NAMESPACE, World};
use crate::issuer;

impl World {
    /// The claims of a good access token.
    pub fn claims(&self, sub: &str) -> Value {
        issuer::claims(&self.issuer.url(), AUDIENCE, sub, self.clock.now().timestamp())
    }

    /// A good access token.
    pub fn token(&self, sub: &str) -> String {
        self.key.sign(&self.claims(sub))
    }

    /// A good access token with an e-mail address, verified.
    pub fn token_with_email(&self, sub: &str, email: &str) -> String {
        let mut claims = self.claims(sub);
        issuer::add_email(&mut claims, CLAIMS_NAMESPACE, email, true);
        self.key.sign(&claims)
    }

    /// A good access token of a machine with these permissions.
    pub fn machine_token(&self, permissions: &[&str]) -> String {
        let mut claims = self.claims("meter@clients");
        claims["permissions"] = json!(permissions);
        self.key.sign(&claims)
    }
}
