//! The release binaries under Lambda's own runtime emulator, which kills and starts them as Lambda does.
//! `make test-release` builds them first.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod emulated;
mod events;
mod failures;
mod memory;
