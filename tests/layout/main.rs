//! Holds the tree to its layout: which file may import which, and how much a folder, a file and the tools may hold.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod imports;
mod order;
mod sizes;
mod unit_tests;
