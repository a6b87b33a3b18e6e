//! Texts that people and machines give us.

/// Whether it is one line of 1 to `most` characters, without control characters.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}
