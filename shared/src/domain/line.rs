//! Texts that people and machines give us.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For schemas: what `char::is_control` refuses.
const NO_CONTROL_CHARACTERS: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// One line of 1 to `MAX` characters, without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    with = "String",
    inline,
    extend(
        "description" = format!("1 to {MAX} characters, no control characters."),
        "minLength" = 1,
        "maxLength" = MAX,
        "pattern" = NO_CONTROL_CHARACTERS
    )
)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> TryFrom<String> for Line<MAX> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if !is_line(&text, MAX) {
            return Err(format!("must be 1 to {MAX} characters without control characters"));
        }
        Ok(Self(text))
    }
}

/// Whether it is one line of 1 to `most` characters, without control characters.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.contains(char::is_control)
}
