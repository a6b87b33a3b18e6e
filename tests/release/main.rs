//! Releases under traffic, and back again: what `make migrate` does and refuses, and that several releases at once are
//! right.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod audit_log;
mod fixtures;
mod interrupted;
mod kept;
mod kept_in_database;
mod locks;
mod refused;
mod role;
mod script;
mod side_by_side;
mod states;
mod traffic;
