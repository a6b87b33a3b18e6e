//! Storms of operations through the real pooler, each with a simple model that must come to the same end. A
//! failure prints its seed; `STORM_SEED=… make test T=storm` replays the clients' choices.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod diary;
mod money;
mod seats;

use std::env;

const CLIENTS: u64 = 16;

/// The seed of this run: given, or drawn and printed.
#[expect(clippy::disallowed_methods, reason = "a replay is told its seed from outside")]
fn seed() -> u64 {
    env::var("STORM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}
