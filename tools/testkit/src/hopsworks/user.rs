//! Users of a Hopsworks server, and what it answers of them.

use serde_json::{Value, json};

/// The administrator whose key it is: the first user of each server.
pub const ADMINISTRATOR: i32 = 10_000;
pub const ROLES: [&str; 2] = ["HOPS_ADMIN", "HOPS_USER"];
/// Every account is as old as any other: nothing of ours reads it.
const ACTIVATED: &str = "2026-01-01T00:00:00.000Z";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    New,
    Verified,
    Activated,
    Deactivated,
    Blocked,
    LostDevice,
    Spam,
    TemporaryPassword,
}

impl Status {
    /// By number.
    const NAMED: [(Self, &str); 8] = [
        (Self::New, "NEW_MOBILE_ACCOUNT"),
        (Self::Verified, "VERIFIED_ACCOUNT"),
        (Self::Activated, "ACTIVATED_ACCOUNT"),
        (Self::Deactivated, "DEACTIVATED_ACCOUNT"),
        (Self::Blocked, "BLOCKED_ACCOUNT"),
        (Self::LostDevice, "LOST_MOBILE"),
        (Self::Spam, "SPAM_ACCOUNT"),
        (Self::TemporaryPassword, "TEMP_PASSWORD"),
    ];

    /// By its name or its number.
    pub fn named(text: &str) -> Option<Self> {
        let by_number = text.parse().ok().and_then(|number: usize| Self::NAMED.get(number));
        let named = by_number.or_else(|| Self::NAMED.iter().find(|(_, name)| *name == text));
        named.map(|(status, _)| *status)
    }

    pub fn number(self) -> i32 {
        self as i32
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopsworksUser {
    pub number: i32,
    /// Both of a remote user; a local one has neither.
    pub client_id: Option<String>,
    pub subject: Option<String>,
    pub email: String,
    pub given_name: String,
    pub surname: String,
    pub username: String,
    pub status: Status,
    pub roles: Vec<String>,
    /// Below zero: no limit.
    pub max_projects: i32,
    /// Ever created, deleted ones too.
    pub created_projects: i32,
}

impl HopsworksUser {
    /// The identity by which the server knows a remote user.
    pub fn uuid(&self) -> Option<String> {
        Some(format!("{}.{}", self.client_id.as_ref()?, self.subject.as_ref()?))
    }

    pub fn is_remote(&self) -> bool {
        self.subject.is_some()
    }

    /// The kind of account as filters and the profile name it.
    pub fn mode(&self) -> &'static str {
        if self.is_remote() { "REMOTE_ACCOUNT_TYPE" } else { "M_ACCOUNT_TYPE" }
    }

    /// As it is answered by number.
    pub fn profile(&self, active_projects: usize) -> Value {
        let roles: Vec<Value> = self.roles.iter().map(|role| json!({ "groupName": role })).collect();
        json!({
            "id": self.number,
            "firstname": self.given_name,
            "lastname": self.surname,
            "email": self.email,
            "username": self.username,
            "accountType": self.mode(),
            "twoFactor": false,
            "toursState": 0,
            "status": self.status.number(),
            "maxNumProjects": self.max_projects,
            "numActiveProjects": active_projects,
            "activated": ACTIVATED,
            "role": roles,
        })
    }

    /// As it stands in a list: a remote account is named by what it came from.
    pub fn item(&self, active_projects: usize) -> Value {
        let mut item = self.profile(active_projects);
        if self.is_remote() {
            item["accountType"] = json!("OAUTH2");
        }
        item
    }

    /// As it is answered by identity, without a number.
    pub fn identity(&self) -> Value {
        json!({
            "uuid": self.uuid(),
            "givenName": self.given_name,
            "surname": self.surname,
            "email": self.email,
        })
    }

    /// What the server says of an account that may not be used, its keys included.
    pub fn is_kept_out(&self) -> Option<(u32, &'static str)> {
        match self.status {
            Status::Activated | Status::TemporaryPassword => None,
            Status::New => Some((160_034, "This account has not been activated")),
            Status::Verified => Some((160_036, "This account has not yet been approved")),
            Status::Deactivated => Some((160_005, "This account has been deactivated.")),
            Status::LostDevice => Some((160_035, "This account has registered a lost device.")),
            Status::Blocked | Status::Spam => {
                Some((160_007, "Your account has been blocked. Contact the administrator."))
            }
        }
    }
}
