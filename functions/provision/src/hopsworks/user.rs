//! Users as Hopsworks speaks of them. Members that we do not need are ignored.

use serde::{Deserialize, Serialize};

/// A status by Hopsworks' own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Status(pub i32);

impl Status {
    pub const ACTIVE: Self = Self(2);
    pub const DEACTIVATED: Self = Self(3);
    pub const BLOCKED: Self = Self(4);
    pub const SPAM: Self = Self(6);
}

/// A user as they are listed, and found by their number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub status: Status,
    /// Below zero: as many as they like.
    pub max_num_projects: i32,
}

/// A user as they are found by their identity: their number is not told.
#[derive(Clone, Debug, Deserialize)]
pub struct Identity {
    pub uuid: String,
    /// As the cluster keeps it, which may not be as we know it: it cannot be changed there.
    pub email: String,
}

/// A user to make.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub subject: &'a str,
    pub email: &'a str,
    pub given_name: &'a str,
    pub surname: &'a str,
    pub max_num_projects: i32,
}

/// What to change of a user; the rest stays as it is.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_num_projects: Option<i32>,
}

/// A part of a list of users.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// How many there are on all pages.
    pub count: u64,
    /// Left out where there are none.
    #[serde(default)]
    pub items: Vec<User>,
}
