//! The release binaries under Lambda's own runtime emulator, which kills and starts them as Lambda does.
//! `make test-release` builds them first.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod emulated;
mod events;
mod processes;

/// The functions behind the gateway, each with a route that an administrator may call.
const ANSWERING: [(&str, &str); 7] = [
    ("sync-user", "/api/auth/me"),
    ("admin-users", "/api/admin/users?limit=200"),
    ("assign-cluster", "/api/clusters"),
    ("team", "/api/team/members"),
    ("credits", "/api/credits/transactions"),
    ("payments", "/api/admin/parked-payments"),
    ("usage", "/api/usage?scope=account"),
];
