//! What operators see of `upkeep`, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod credits;
mod days;
mod detach;
mod ended;
mod erasure;
mod faults;
mod logins;
mod partitions;
mod seats;
mod violations;
