//! One file per command.

pub mod browser;
pub mod build;
pub mod clean;
pub mod demo;
pub mod deploy;
pub mod dev;
pub mod lint;
pub mod psql;
pub mod release;
pub mod test;
pub mod test_release;
pub mod token;
