//! The local stack, the test kit and the operator's commands. Nothing of it is deployed.

pub mod bench;
pub mod client;
pub mod commands;
pub mod direct;
pub mod environment;
pub mod gateway;
pub mod interruption;
pub mod issuer;
pub mod lambda;
pub mod moto;
pub mod openapi;
pub mod pgbouncer;
pub mod postgres;
pub mod process;
pub mod progress;
pub mod proxy;
mod quarters;
pub mod release;
pub mod schema;
pub mod secret;
pub mod site;
pub mod stack;
pub mod storm;
pub mod testkit;
pub mod tools;
pub mod trouble;
pub mod usual;
