//! One file per command.

pub mod client;
pub mod openapi;
