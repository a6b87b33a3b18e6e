//! What an account's balance does, as a policy says it.

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::{
    money::{Money, plain_decimal},
    user::UserId,
};

/// A policy as it is in force. Amounts are US dollars.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// A balance below it is low.
    warn_below: Money,
    /// How far below zero the balance may go before the account is exhausted.
    overdraft: Money,
    /// How long an exhausted account goes on working.
    grace_days: u32,
    /// How many projects each user of an exhausted account may create, if that is fewer than otherwise; so too when the
    /// month has cost its cap. Null: what the cluster's settings say (`projects_without_credit`).
    projects_when_exhausted: Option<u32>,
    /// The most that a month (UTC) may cost before the users of the account may create no further projects. Null: no cap.
    monthly_cap: Option<Money>,
}

/// What an account has set for itself; null: as the default says.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnPolicy {
    warn_below: Option<Money>,
    overdraft: Option<Money>,
    grace_days: Option<u32>,
    projects_when_exhausted: Option<u32>,
    /// The default is none.
    monthly_cap: Option<Money>,
}

/// The policy of an account.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct AccountPolicy {
    /// The account owner.
    user_id: String,
    /// As it was set; what a PUT replaces.
    own: OwnPolicy,
    /// That, and the default.
    in_force: Policy,
}

/// What an administrator has set for accounts that say nothing else; null: as at first. A cap is an account's own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OwnDefault {
    warn_below: Option<Money>,
    overdraft: Option<Money>,
    grace_days: Option<u32>,
    projects_when_exhausted: Option<u32>,
}

/// That, and what holds at first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DefaultInForce {
    warn_below: Money,
    overdraft: Money,
    grace_days: u32,
    projects_when_exhausted: Option<u32>,
}

/// The policy of accounts that have none of their own.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DefaultPolicy {
    own: OwnDefault,
    in_force: DefaultInForce,
}

/// Whose policy.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyQuery {
    /// An administrator may name any user; everyone else has their own.
    pub user_id: Option<UserId>,
}

/// US dollars from nothing to ten million, with two decimals at most.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = r"^0*([0-9]{1,7}(\.[0-9]{1,2}0*)?|10000000(\.0+)?)$"))]
pub struct Dollars(#[serde(with = "rust_decimal::serde::str")] Decimal);

impl Dollars {
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl TryFrom<String> for Dollars {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match plain_decimal(&text, 2) {
            Ok(mut dollars) if dollars <= Decimal::from(10_000_000) => {
                // As the database writes it.
                dollars.rescale(2);
                Ok(Self(dollars))
            }
            _ => Err("must be a decimal from 0 to 10000000 with two decimals at most, such as \"12.50\""),
        }
    }
}
