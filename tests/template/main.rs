//! Holds `template.yaml`, as CloudFormation would see it, to the contract, to the settings and to least rights.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod alarms;
mod checks;
mod console;
mod functions;
mod releases;
mod rights;
mod routes;
mod translated;
