//! Whole numbers between bounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(
    with = "u32",
    inline,
    extend("description" = format!("From {LEAST} to {MOST}."), "minimum" = LEAST, "maximum" = MOST)
)]
pub struct Whole<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> TryFrom<i64> for Whole<LEAST, MOST> {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        let number = u32::try_from(number).ok().filter(|number| (LEAST..=MOST).contains(number));
        number.map(Self).ok_or_else(|| format!("must be from {LEAST} to {MOST}"))
    }
}
