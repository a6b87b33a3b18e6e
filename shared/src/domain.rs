//! The types of the domain; they know nothing of HTTP or SQL.

pub mod line;
pub mod metadata;
pub mod money;
pub mod user;
