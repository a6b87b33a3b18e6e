//! The published contract: `openapi.yaml` and the client's types, made from the routes and types of all functions.

pub mod client;
pub mod openapi;
