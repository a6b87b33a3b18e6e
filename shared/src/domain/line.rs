//! Texts that people and machines give us.

/// For schemas: what `char::is_control` refuses.
pub const NO_CONTROL_CHARACTERS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Whether it is one line of 1 to `most` characters, without control characters.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}
