//! Addresses of clusters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a cluster answers: an `https://` address of at most 2048 characters.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(
    with = "String",
    extend("maxLength" = 2048, "pattern" = r"^https://[^\s\u0000-\u001f\u007f-\u009f]+$")
)]
pub struct ApiUrl(String);

impl TryFrom<String> for ApiUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        match text.strip_prefix("https://") {
            Some(rest) if !rest.is_empty() && text.chars().count() <= 2048 && !text.contains(odd) => Ok(Self(text)),
            _ => Err("must be an https:// address of at most 2048 characters"),
        }
    }
}
