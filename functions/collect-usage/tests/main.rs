//! What becomes of usage on clusters, against a stand-in for OpenCost over TLS.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod attribution;
mod collecting;
mod doubts;
mod killed;
mod published;
mod servers;
mod site;
