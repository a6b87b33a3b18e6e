//! What an operator runs against production: tables and functions, administrators, secrets, keys.

pub mod admin_db;
#[cfg(feature = "aws")]
pub mod app_secret;
pub mod commands;
pub mod environment;
pub mod progress;
pub mod schema;
pub mod take_over;
