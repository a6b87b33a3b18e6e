//! Whether `openapi.yaml` is well written and true, and whether the client made from it is.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod client;
mod conformance;
mod examples;
