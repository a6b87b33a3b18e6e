//! What operators see of `upkeep`, against PostgreSQL through PgBouncer.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod days;
mod detach;
mod ended;
mod faults;
mod logins;
mod partitions;
mod seats;
mod violations;
