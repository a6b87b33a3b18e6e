//! Amounts and quantities: exact decimals, strings in JSON, never floats.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// US dollars with two decimals; in JSON a string such as `"12.50"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("pattern" = r"^-?[0-9]+\.[0-9]{2}$"))]
pub struct Money(#[serde(with = "rust_decimal::serde::str")] pub Decimal);

/// Hours, gigabytes (10^9 bytes each), gigabyte-months, or dollars of an exact cost, with up to six decimals; in JSON
/// a string such as `"0.25"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+)?$"))]
pub struct Quantity(#[serde(with = "rust_decimal::serde::str")] pub Decimal);

/// US dollars that somebody asks to move: two decimals at most, up to ten million either way, not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^-?(?=.*[1-9])0*([0-9]{1,7}(\.[0-9]{1,2}0*)?|10000000(\.0+)?)$"))]
pub struct Amount(#[serde(with = "rust_decimal::serde::str")] Decimal);

/// The most that one request may move, in US dollars.
const MOST: Decimal = Decimal::from_parts(10_000_000, 0, 0, false, 0);

impl Amount {
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative()
    }
}

impl TryFrom<String> for Amount {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let mut amount = plain_decimal(digits, 2).map_err(|wrong| match wrong {
            NotPlain::Shape => "must be a decimal such as \"12.50\"",
            NotPlain::Digits => "must have two decimals at most, and be ten million at most",
        })?;
        if amount.is_zero() {
            return Err("must not be zero");
        }
        if amount > MOST {
            return Err("must have two decimals at most, and be ten million at most");
        }
        // One text for one amount: it is what an idempotency key is bound to.
        amount.rescale(2);
        amount.set_sign_negative(text.starts_with('-'));
        Ok(Self(amount))
    }
}

/// Why a text is not the decimal that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPlain {
    /// Not digits with at most one point between them.
    Shape,
    /// More decimals, or more digits, than can be held exactly.
    Digits,
}

/// A decimal without sign or exponent, with so many decimals at most; zeros at its end do not count.
pub fn plain_decimal(text: &str, max_scale: u32) -> Result<Decimal, NotPlain> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return Err(NotPlain::Shape);
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if fraction.len() > max_scale as usize {
        return Err(NotPlain::Digits);
    }
    Decimal::from_str_exact(&format!("0{whole}.{fraction}0"))
        .map(|value| value.normalize())
        .map_err(|_| NotPlain::Digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_one_text() {
        for (said, kept) in [("1", "1.00"), ("12.5", "12.50"), ("-0.01", "-0.01"), ("010000000.000", "10000000.00")] {
            let amount = Amount::try_from(said.to_owned()).unwrap();
            assert_eq!(serde_json::to_value(amount).unwrap(), kept, "{said}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in
            ["", "0", "-0.00", "0.001", "10000000.01", "1e3", "+1", "--1", " 1", "1.", ".5", "NaN", "1,5", "\u{661}"]
        {
            assert!(Amount::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(Amount::try_from("9".repeat(400)).is_err());
    }
}
