//! What usage costs from a day on.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::{
    money::{Quantity, plain_decimal},
    time::AnsweredTime,
};

/// Prices in US dollars; they apply from their day until the next rate's.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    pub effective_on: NaiveDate,
    pub cpu_hour_usd: Quantity,
    pub gpu_hour_usd: Quantity,
    /// For a gigabyte (10^9 bytes) during 720 hours.
    pub storage_gb_month_usd: Quantity,
    pub created_by: String,
    pub created_at: AnsweredTime,
}

/// A price in US dollars: a decimal with six decimals at most, from 0 to 1,000.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^0*([0-9]{1,3}(\.[0-9]{1,6}0*)?|1000(\.0+)?)$"))]
pub struct Price(#[serde(with = "rust_decimal::serde::str")] Decimal);

impl TryFrom<String> for Price {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match plain_decimal(&text, 6) {
            Ok(price) if price <= Decimal::from(1000) => Ok(Self(price)),
            _ => Err("must be a decimal from 0 to 1000 with six decimals at most, such as \"0.175\""),
        }
    }
}
