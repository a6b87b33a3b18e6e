//! Users as the domain knows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    line::{Line, is_line},
    metadata::StoredMetadata,
    money::{Money, Quantity},
    time::AnsweredTime,
};

/// The same, and not a machine's.
const PERSON: &str = r"^(?!.*@clients$)[^\u0000-\u001f\u007f-\u009f]*$";

/// One `@` between texts without spaces and control characters.
const ADDRESS: &str = r"^[^@\s\u0000-\u001f\u007f-\u009f]+@[^@\s\u0000-\u001f\u007f-\u009f]+$";

/// What OpenID Connect allows a subject, and what is stored.
pub const MAX_SUBJECT_CHARS: usize = 255;

/// An Auth0 `sub` of a person, such as `auth0|123` or `google-oauth2|456`: 1 to 255 characters, no
/// control characters, and not a machine's (`…@clients`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 255, "pattern" = PERSON))]
pub struct UserId(String);

/// An e-mail address: something, an `@`, something; at most 320 characters, no spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("maxLength" = 320, "pattern" = ADDRESS))]
pub struct EmailAddress(String);

/// A person's name, by Auth0's own limit.
pub type PersonName = Line<300>;

impl TryFrom<String> for UserId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if !is_line(&text, MAX_SUBJECT_CHARS) {
            return Err("must be 1 to 255 characters without control characters");
        }
        if text.ends_with("@clients") {
            return Err("must be a person, not a machine (`@clients`)");
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        match text.split_once('@') {
            Some((local, domain))
                if !local.is_empty()
                    && !domain.is_empty()
                    && !domain.contains('@')
                    && !text.contains(odd)
                    && text.chars().count() <= 320 =>
            {
                Ok(Self(text))
            }
            _ => Err("must be an e-mail address of at most 320 characters"),
        }
    }
}

/// Everything users may know about themselves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct UserState {
    pub id: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    /// `active` or `suspended`; for administrators also `deleted`.
    #[schemars(extend("enum" = ["active", "suspended", "deleted"]))]
    pub status: String,
    /// Why the user is suspended. Each reason ends by itself alone.
    pub suspended_for: Vec<SuspensionReason>,
    pub is_admin: bool,
    pub login_count: u32,
    pub last_login_at: Option<AnsweredTime>,
    pub created_at: AnsweredTime,
    pub metadata: StoredMetadata,
    /// The account that pays for the user; `null` when they own it.
    pub account_owner_id: Option<String>,
    pub owner: Option<Owner>,
    /// The user's seat; `null` while they wait.
    pub assignment: Option<Assignment>,
    pub waiting_since: Option<AnsweredTime>,
    /// From 1, the longest waiting; 100 is that or later. `null` for who does not wait, and for a member whose owner has
    /// no seat.
    #[schemars(extend("minimum" = 1, "maximum" = 100))]
    pub place_in_queue: Option<u32>,
    pub instance: Option<Instance>,
    /// `null` without a seat.
    pub hopsworks_account: Option<HopsworksAccount>,
    /// Account owners only.
    pub credits: Option<Credits>,
}

/// Who or what suspends a user.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionReason {
    /// An administrator, who ends it too.
    Administrator,
    /// The account's credit is used up, and its time of grace is over. A payment ends it.
    Money,
    /// The owner of the account is suspended; when they come back, so does the member.
    Owner,
}

/// Where a user sits, or since when they wait.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    pub user_id: String,
    pub account_owner_id: Option<String>,
    pub assignment: Option<Assignment>,
    pub waiting_since: Option<AnsweredTime>,
    /// From 1, the longest waiting; 100 is that or later. `null` for who does not wait, and for a member whose owner has
    /// no seat.
    #[schemars(extend("minimum" = 1, "maximum" = 100))]
    pub place_in_queue: Option<u32>,
    pub instance: Option<Instance>,
    /// `null` without a seat.
    pub hopsworks_account: Option<HopsworksAccount>,
}

/// The owner of the account that a member belongs to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// A seat on a Hopsworks cluster.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Assignment {
    pub cluster_id: Uuid,
    pub cluster_name: String,
    #[schemars(extend("enum" = ["active", "full", "maintenance", "inactive"]))]
    pub cluster_status: String,
    pub api_url: String,
    pub assigned_at: AnsweredTime,
}

/// Where the user works. It is `active` when the user's account on the cluster is, and `provisioning` until then.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    pub id: Uuid,
    pub instance_name: String,
    #[schemars(extend("enum" = ["provisioning", "active", "stopped", "deleted"]))]
    pub status: String,
    pub hopsworks_url: Option<String>,
    pub created_at: AnsweredTime,
    pub activated_at: Option<AnsweredTime>,
}

/// The user's account on the cluster of their seat, and whether it is as it should be: active, or deactivated for who is
/// suspended.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HopsworksAccount {
    /// `ready`: as it should be. `pending`: being set up or changed. `failing`: that failed, and is tried again by itself.
    /// `stuck`: an administrator must mend something. `off`: accounts on this cluster are made by hand.
    #[schemars(extend("enum" = ["off", "pending", "ready", "failing", "stuck"]))]
    pub state: String,
    /// When that began; while it is `failing`, when the account became due.
    pub since: AnsweredTime,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// An account's credits in short.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Credits {
    pub balance: Money,
    pub total_purchased: Money,
    pub total_used: Money,
    pub cpu_hours_used: Quantity,
    pub gpu_hours_used: Quantity,
    /// Gigabytes (10^9 bytes) times hours, in months of 720 hours.
    pub storage_gb_months: Quantity,
}
