//! What several functions need. The rooms: `domain` knows nothing of HTTP or SQL; `db` is the one door to the
//! database; `auth` says who is calling; `http` is what goes in and out; at the top is what a function is made of.

pub mod app;
pub mod auth;
pub mod cached;
pub mod cipher;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod http;
pub mod request_id;
pub mod scheduled;
pub mod secrets;
pub mod serve;
pub mod signing;
pub mod telemetry;

pub use app::App;
pub use error::{Error, Result};
