//! Databases of somebody else's that are taken over: nothing is lost, the web app lives on, and ours works on them.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod columns;
mod databases;
mod drawn;
mod edges;
mod fixtures;
mod in_the_way;
mod interrupted;
mod patterns;
mod postgrest;
mod properties;
mod served;
mod structure;
