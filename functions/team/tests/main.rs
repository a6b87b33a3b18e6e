//! What users of `team` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
