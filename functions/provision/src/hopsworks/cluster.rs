//! What must be known of a cluster before it can be asked anything.

use std::time::Duration;

use secrecy::SecretString;

/// A cluster as the database has it, with its key decrypted.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub api_url: String,
    pub api_key: SecretString,
    /// The client by which users log in to it. Their identity there is this, a dot, and their subject.
    pub oauth_client_id: String,
    /// Whose certificates are trusted, if not the public roots'.
    pub tls_ca_pem: Option<String>,
    /// Somebody else may have raised its users' limits: they are never lowered.
    pub raise_only: bool,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For an answer to its end.
    pub request: Duration,
    /// For everything that one account needs.
    pub account: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let [connect, request, account] = [3, 10, 40].map(Duration::from_secs);
        Self { connect, request, account }
    }
}
