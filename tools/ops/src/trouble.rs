//! The one error of the local stack: a sentence that tells a person at a terminal what went wrong.

use std::fmt;

/// What the fallible functions of this crate return.
pub type Result<T, E = Trouble> = std::result::Result<T, E>;

/// A message for a person; nothing in the local stack decides by the kind of an error.
#[derive(Debug)]
pub struct Trouble(String);

impl Trouble {
    /// Takes the whole message, without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Says what was being done when something failed.
pub trait During<T> {
    /// Prefixes the message: `starting PgBouncer: No such file or directory`.
    ///
    /// # Errors
    /// The one it was called on, with the prefix.
    fn during(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T, E: Into<Trouble>> During<T> for std::result::Result<T, E> {
    fn during(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Trouble(format!("{doing}: {}", error.into())))
    }
}
