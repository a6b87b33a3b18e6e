//! Storms of operations through the real pooler, each with a simple model that must come to the same end. A
//! failure prints its seed; `STORM_SEED=… make test T=storm` replays the clients' choices.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod accounts;
mod edits;
mod money;
mod seats;
mod statements;
