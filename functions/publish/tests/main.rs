//! What is told of, and how it gets to the bus: a bus of EventBridge's emulator, behind a server that fails on demand.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod catalogue;
mod fixtures;
mod killed;
mod publishing;
mod refusals;
mod telling;
mod telling_of_accounts;
