//! The types of the domain; they know nothing of HTTP or SQL.

pub mod kept_json;
pub mod line;
pub mod metadata;
pub mod money;
pub mod month;
pub mod time;
pub mod user;
pub mod whole;
