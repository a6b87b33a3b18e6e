//! What several functions need: who is calling, the one door to the database, HTTP, errors, settings,
//! secrets, logs, and the types of the domain.

pub mod app;
pub mod body;
pub mod cached;
pub mod caller;
pub mod cipher;
pub mod clock;
pub mod config;
pub mod csv;
pub mod db;
pub mod error;
pub mod events;
pub mod idempotency;
pub mod jwks;
pub mod metadata;
pub mod money;
pub mod page;
pub mod params;
pub mod pipeline;
pub mod problem;
pub mod routes;
pub mod secrets;
pub mod sensitive;
pub mod serve;
pub mod telemetry;
pub mod text;
pub mod token;
pub mod user;
pub mod webhook;

pub use app::App;
pub use error::{Error, Result};
