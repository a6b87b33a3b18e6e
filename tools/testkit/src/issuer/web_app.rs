//! Who signs in, and to which web app.

/// A web app that people sign in to.
#[derive(Clone, Debug)]
pub struct WebApp {
    pub client_id: String,
    /// Where it is. People are sent back there, and nowhere else.
    pub origin: String,
    /// The API that it calls.
    pub audience: String,
    pub claims_namespace: String,
    /// Those who sign in by one click.
    pub people: Vec<Person>,
}

impl WebApp {
    /// To the letter, as Auth0 compares it.
    pub fn is_ours(&self, address: &str) -> bool {
        address.strip_suffix('/') == Some(&self.origin)
    }
}

#[derive(Clone, Debug)]
pub struct Person {
    pub sub: String,
    pub email: String,
    pub name: Option<String>,
}

impl Person {
    /// `auth0|carol` has the address `carol@example.com`.
    pub fn at(email: &str) -> Self {
        let local = email.strip_suffix("@example.com").unwrap_or(email);
        let readable = |char: char| if char.is_ascii_alphanumeric() || "._-".contains(char) { char } else { '-' };
        let sub = format!("auth0|{}", local.to_lowercase().chars().map(readable).collect::<String>());
        Self { sub, email: email.to_owned(), name: None }
    }
}
