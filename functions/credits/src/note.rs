//! What people write beside an amount.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::line::is_line;

/// No control characters, and something that is no space.
const NOT_BLANK: &str = r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]+$";

/// A reason or a reference: 1 to 500 characters, no control characters, not only spaces.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 500, "pattern" = NOT_BLANK))]
pub struct Text(String);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.trim().is_empty() || !is_line(&text, 500) {
            return Err("must be 1 to 500 characters without control characters");
        }
        Ok(Self(text))
    }
}
