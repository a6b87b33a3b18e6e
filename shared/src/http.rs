//! What goes in and out: bodies, paths and queries, pages, CSV, failures, routes, and what happens around a handler.

pub mod accept;
pub mod body;
pub mod csv;
pub mod event;
pub mod idempotency;
pub mod in_path;
mod nul;
pub mod page;
pub mod params;
pub mod passed_page;
pub mod pipeline;
pub mod problem;
pub mod routes;
