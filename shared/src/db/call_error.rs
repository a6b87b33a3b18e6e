//! What went wrong at the door, by what can be done about it. Errors are told apart by their codes.

use std::io::ErrorKind;

use crate::error::{Error, FieldError, Kind, Rejection};

const TLS: &str = "`database_ca_pem` in the secret must be the root certificate of this database (`make secrets CA=…`)";
const PASSWORD: &str = "give the role `api` its password again (a restored or un-paused project has forgotten it) and write \
    it into the secret: `\\password api`, then `make secrets DATABASE_URL=…`";
const ADDRESS: &str = "`database_url` in the secret must be the project's pooler, for the user `api.<project ref>`: \
    `make secrets DATABASE_URL=…`";
const BLOCKED: &str =
    "the pooler has blocked this address after many failures: it lets us in again when they have stopped";

/// What does not mend with time, as Supavisor begins to say it, and what an operator must do. Each try counts there: ten
/// failures in 150 s block our address, five in 300 s the whole project.
const SHUT: [(&str, &str); 12] = [
    ("(EAUTHQUERY)", PASSWORD),
    ("(EAUTHSECRETS)", PASSWORD),
    ("(EADDRNOTALLOWED)", "allow the functions' addresses in the network restrictions of the project"),
    ("(EAUTHPROTOCOL)", ADDRESS),
    ("(EBANNED)", "the pooler has shut the project out: ask its support"),
    ("(ECIRCUITBREAKER)", BLOCKED),
    ("(EINVALIDUSERINFO)", ADDRESS),
    ("(EMULTIPLEUSERS)", ADDRESS),
    ("(ENOIDENTIFIER)", ADDRESS),
    ("(ENOTFOUND)", ADDRESS),
    ("(ESSLREQUIRED)", TLS),
    // So an older Supavisor says ENOTFOUND.
    ("Tenant or user not found", ADDRESS),
];

/// What Supavisor says when it lost a server or has no place for us just now. Codes that are in neither list end the call.
const PASSING: [&str; 8] = [
    "(EAUTHTIMEOUT",
    "(ECHECKOUT",
    "(EDBHANDLEREXITED",
    "(EMAXCONN",
    "(EPOOL",
    "(EPROXY",
    "(ESUBSCRIBERETRIES",
    "(EWORKERNOTFOUND",
];

#[derive(Debug)]
pub(super) enum CallError {
    /// One of our SQL functions refused.
    Rejected(Rejection),
    /// The connection is gone: repeat on a new one, for as long as `REPEAT_WITHIN` says.
    Dead(String),
    /// Undone by a deadlock or a serialization failure: repeat.
    Conflict(String),
    /// Read the secret again: the password may be another one by now.
    WrongPassword(String),
    /// An operator must act. Read the secret again, and leave the door alone for a while if it says the same.
    Shut(String),
    /// Time mends it.
    Busy(String),
    /// Time mends it, and it was not the database: the secret could not be read.
    Elsewhere(String),
    /// Ours to mend.
    Bug(String),
}

impl CallError {
    /// Why a connection could not be opened. Nothing has been asked yet: what is wrong is the address, the role or the
    /// certificate.
    pub(super) fn at_the_door(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Tls(reason) => Self::Shut(format!("{reason}; {TLS}")),
            // So rustls says that it does not trust a certificate.
            sqlx::Error::Io(error) if error.kind() == ErrorKind::InvalidData => Self::Shut(format!("{error}; {TLS}")),
            other => match Self::from(other) {
                Self::Bug(reason) => Self::Shut(format!("{reason}; {ADDRESS}")),
                known => known,
            },
        }
    }

    /// What the caller of the door gets, once repeating is over.
    pub(super) fn tell(self, function: &str) -> Error {
        match self {
            Self::Rejected(rejection) => Error::Rejected(rejection),
            Self::Dead(reason)
            | Self::Conflict(reason)
            | Self::WrongPassword(reason)
            | Self::Shut(reason)
            | Self::Busy(reason) => Error::Unavailable(format!("{function}: the database: {reason}")),
            Self::Elsewhere(reason) => Error::Unavailable(reason),
            Self::Bug(reason) => Error::Bug(format!("{function}: {reason}")),
        }
    }
}

impl From<sqlx::Error> for CallError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => from_database(&*error),
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => Self::Dead(error.to_string()),
            other => Self::Bug(other.to_string()),
        }
    }
}

/// What SQL finds wrong with the input it says as `field: reason`.
fn named_field(detail: &str) -> Vec<FieldError> {
    let named = detail.split_once(": ");
    named.map(|(field, reason)| FieldError { field: field.to_owned(), reason: reason.to_owned() }).into_iter().collect()
}

fn from_database(error: &dyn sqlx::error::DatabaseError) -> CallError {
    let code = error.code().unwrap_or_default();
    if let Some(kind) = Kind::from_sqlstate(&code) {
        let detail = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().and_then(|error| error.detail());
        return CallError::Rejected(Rejection {
            kind,
            code: error.message().to_owned().into(),
            detail: detail.unwrap_or_default().to_owned().into(),
            fields: if kind == Kind::Invalid { named_field(detail.unwrap_or_default()) } else { Vec::new() },
            log: None,
        });
    }
    // The message, never the detail: that may hold somebody's data.
    let reason = format!("{code} {}", error.message());
    let message = error.message();
    match &*code {
        "40001" | "40P01" => CallError::Conflict(reason),
        "28P01" | "28000" => CallError::WrongPassword(reason),
        // PgBouncer has no code of its own for it.
        "08P01" if message.contains("authentication failed") => CallError::WrongPassword(reason),
        "3D000" => CallError::Shut(format!("{reason}; {ADDRESS}")),
        _ if what_to_do(message).is_some() => {
            CallError::Shut(format!("{reason}; {}", what_to_do(message).unwrap_or_default()))
        }
        // PgBouncer has no code of its own for what PostgreSQL told it at the log-in.
        "08P01" if message.contains("does not exist") => CallError::Shut(format!("{reason}; {ADDRESS}")),
        // The release of this build is not in the database, not yet or no longer.
        "3F000" | "42883" if message.contains("release_") => {
            CallError::Busy(format!("{reason}; `make migrate` puts the SQL of a build into the database"))
        }
        // Shut down, crashed, starting up, or the pooler lost its server or has no place for us.
        "57P01" | "57P02" | "57P03" | "57P05" => CallError::Dead(reason),
        _ if PASSING.iter().any(|start| message.starts_with(start)) => CallError::Dead(reason),
        _ if message.starts_with("(E") => CallError::Busy(reason),
        _ if code.starts_with("08") => CallError::Dead(reason),
        // A time-out of ours, a lock, too many connections, a full disk, and Supabase's read-only mode after one.
        "57014" | "55P03" | "25006" => CallError::Busy(reason),
        _ if code.starts_with("53") || code.starts_with("58") => CallError::Busy(reason),
        _ => CallError::Bug(reason),
    }
}

fn what_to_do(message: &str) -> Option<&'static str> {
    SHUT.iter().find_map(|(start, what_to_do)| message.starts_with(start).then_some(*what_to_do))
}
