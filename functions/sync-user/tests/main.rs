//! What users of `sync-user` see, against PostgreSQL through PgBouncer.

mod bad_bodies;
mod faults;
mod get_me;
mod logins;
mod round_trips;
mod seats;
mod settings;
mod sync_user;
mod tokens;
