//! What users of `assign-cluster` see, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
