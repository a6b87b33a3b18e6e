//! Who is calling: access tokens, the issuer's keys, the signatures of the Action and of Stripe, and what a handler demands of its caller.

pub mod caller;
pub mod jwks;
pub mod stripe;
pub mod token;
pub mod webhook;
