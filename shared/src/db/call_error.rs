//! What went wrong at the door, by what can be done about it. Errors are told apart by their codes.

use crate::error::{Error, FieldError, Kind, Rejection};

#[derive(Debug)]
pub(super) enum CallError {
    /// One of our SQL functions refused.
    Rejected(Rejection),
    /// The connection is gone: repeat on a new one, for as long as `REPEAT_WITHIN` says.
    Dead(String),
    /// Undone by a deadlock or a serialization failure: repeat.
    Conflict(String),
    /// Read the secret again, once.
    WrongPassword(String),
    /// Time mends it.
    Busy(String),
    /// Time mends it, and it was not the database: the secret could not be read.
    Elsewhere(String),
    /// Ours to mend.
    Bug(String),
}

impl CallError {
    /// What the caller of the door gets, once repeating is over.
    pub(super) fn tell(self, function: &str) -> Error {
        match self {
            Self::Rejected(rejection) => Error::Rejected(rejection),
            Self::Dead(reason) | Self::Conflict(reason) | Self::WrongPassword(reason) | Self::Busy(reason) => {
                Error::Unavailable(format!("{function}: the database: {reason}"))
            }
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
        // Supavisor blocks us or does not know us; trying again makes it worse.
        _ if message.starts_with("(ECIRCUITBREAKER)") || message.starts_with("(ENOTFOUND)") => CallError::Busy(reason),
        // The release of this build is not in the database, not yet or no longer.
        "3F000" | "42883" if message.contains("release_") => {
            CallError::Busy(format!("{reason}; `make migrate` puts the SQL of a build into the database"))
        }
        // Shut down, crashed, starting up, or the pooler lost its server or has no place for us.
        "57P01" | "57P02" | "57P03" => CallError::Dead(reason),
        _ if message.starts_with("(E") || code.starts_with("08") => CallError::Dead(reason),
        // A time-out of ours, a lock, too many connections, a full disk, and Supabase's read-only mode after one.
        "57014" | "55P03" | "25006" => CallError::Busy(reason),
        _ if code.starts_with("53") || code.starts_with("58") => CallError::Busy(reason),
        _ => CallError::Bug(reason),
    }
}
