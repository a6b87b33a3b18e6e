//! The release that this build belongs to. Only start-up names it, so that an edit of SQL compiles little again.

/// The schema of the SQL functions that this build calls, such as `release_0123456789ab`.
pub const SCHEMA: &str = env!("RELEASE_SCHEMA");
