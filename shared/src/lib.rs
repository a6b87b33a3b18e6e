//! What several functions need. The rooms, from the ground up: the files beside this one that import no room; `domain`
//! knows nothing of HTTP or SQL; `db` is the one door to the database; `auth` says who is calling; `http` is what goes
//! in and out; at the top, `app`, `scheduled` and `serve` are what a function is made of.

pub mod cipher;
pub mod config;
pub mod signing;

// The operators' tools do without these, and so without what they are made with.
#[cfg(feature = "functions")]
pub mod app;
#[cfg(feature = "functions")]
pub mod auth;
#[cfg(feature = "functions")]
pub mod aws;
#[cfg(feature = "functions")]
pub mod cached;
#[cfg(feature = "functions")]
pub mod clock;
#[cfg(feature = "functions")]
pub mod db;
#[cfg(feature = "functions")]
pub mod domain;
#[cfg(feature = "functions")]
pub mod error;
#[cfg(feature = "functions")]
pub mod http;
#[cfg(feature = "functions")]
pub mod https;
#[cfg(feature = "functions")]
pub mod request_id;
#[cfg(feature = "functions")]
pub mod scheduled;
#[cfg(feature = "functions")]
pub mod secrets;
#[cfg(feature = "functions")]
pub mod serve;
#[cfg(feature = "functions")]
pub mod telemetry;

#[cfg(feature = "functions")]
pub use app::App;
#[cfg(feature = "functions")]
pub use error::{Error, Result};
