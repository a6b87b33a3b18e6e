//! One file per command.

pub mod admin;
pub mod migrate;
pub mod rotate_keys;
pub mod secrets;
