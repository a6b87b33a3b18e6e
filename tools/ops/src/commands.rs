//! One file per command.

pub mod admin;
pub mod migrate;
pub mod releases;
#[cfg(feature = "aws")]
pub mod rotate_keys;
#[cfg(feature = "aws")]
pub mod secrets;
#[cfg(feature = "aws")]
pub mod take_over;
