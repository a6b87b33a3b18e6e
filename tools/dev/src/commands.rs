//! One file per command.

pub mod admin;
pub mod bench;
pub mod build;
pub mod chaos;
pub mod clean;
pub mod client;
pub mod demo;
pub mod deploy;
pub mod dev;
pub mod lint;
pub mod migrate;
pub mod openapi;
pub mod psql;
pub mod rotate_keys;
pub mod secrets;
pub mod test;
pub mod test_release;
pub mod token;
