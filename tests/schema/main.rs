//! Asks the schema itself whether it keeps the rules of the house.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access;
mod functions;
mod plans;
mod refusals;
mod rules;
