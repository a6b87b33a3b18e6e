//! What Stripe writes into its objects, in the form in which we keep it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of an object of Stripe's, such as `pi_3QJ7aB2eZvKYlo2C0FfZhT8x`: letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 200, "pattern" = "^[A-Za-z0-9_]+$"))]
pub struct StripeId(String);

impl StripeId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for StripeId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_word && (1..=200).contains(&text.len()) {
            return Ok(Self(text));
        }
        Err("must be an id of Stripe's: 1 to 200 letters, digits and `_`")
    }
}

/// A currency as Stripe writes it: three small letters, such as `usd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[a-z]{3}$"))]
pub struct Currency(String);

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Ok(Self(text));
        }
        Err("must be a currency of three small letters")
    }
}

/// Money in the smallest unit of its currency (cents of a dollar), which may be none: a whole number of twelve digits at
/// most, as many as Stripe takes in any currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct MinorUnits(u64);

impl MinorUnits {
    pub fn get(self) -> u64 {
        self.0
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<u64> for MinorUnits {
    type Error = &'static str;

    fn try_from(units: u64) -> Result<Self, &'static str> {
        if units <= 999_999_999_999 { Ok(Self(units)) } else { Err("must have twelve digits at most") }
    }
}
