//! Amounts and quantities: exact decimals, strings in JSON, never floats.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// US dollars with two decimals; in JSON a string such as `"12.50"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("pattern" = r"^-?[0-9]+\.[0-9]{2}$"))]
pub struct Money(#[serde(with = "rust_decimal::serde::str")] pub Decimal);

/// Hours, gigabytes or gigabyte-months with up to six decimals; in JSON a string such as `"0.25"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "String", extend("pattern" = r"^[0-9]+(\.[0-9]+)?$"))]
pub struct Quantity(#[serde(with = "rust_decimal::serde::str")] pub Decimal);
