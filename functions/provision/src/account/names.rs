//! Given name and surname, which Hopsworks wants both, of the one name that we have.

/// Hopsworks' columns are no longer, and what does not fit fails there without a word of why.
const MOST_CHARACTERS: usize = 30;
const NO_SURNAME: &str = ".";

/// Splits the name at its last blank. Whoever has none is called as their address is, up to its `@`.
pub fn given_and_surname(name: Option<&str>, email: &str) -> (String, String) {
    let name = cleaned(name.unwrap_or_default());
    match name.rsplit_once(' ') {
        Some((given, surname)) => (cut(given), cut(surname)),
        None if name.is_empty() => (cut(email.split('@').next().unwrap_or(email)), NO_SURNAME.to_owned()),
        None => (cut(&name), NO_SURNAME.to_owned()),
    }
}

/// Words with one blank between them, and no control characters.
fn cleaned(name: &str) -> String {
    let shown: String = name.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect::<String>().trim_end().to_owned()
}
