//! Clients that draw operations from a seed, and the log that the database keeps of its decisions: for the storms of
//! `make test`, whose models replay the log, and for `make chaos`.

pub mod decision_log;
pub mod money;
pub mod readings;
pub mod seats;
pub mod session;
pub mod values;

/// The seed of this run: given, or drawn.
#[expect(clippy::disallowed_methods, reason = "a replay takes its seed from outside")]
pub fn seed() -> u64 {
    let given = std::env::var("STORM_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| fastrand::u64(..))
}
