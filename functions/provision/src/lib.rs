//! `provision`: makes the accounts on clusters what the database says they should be.

pub mod account;
pub mod hopsworks;
