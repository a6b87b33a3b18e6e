//! Who is calling: access tokens, the issuer's keys, the Action's signatures, and what a handler demands of its caller.

pub mod caller;
pub mod jwks;
pub mod token;
pub mod webhook;
