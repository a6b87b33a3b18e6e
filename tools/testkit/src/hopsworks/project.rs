//! Projects of a Hopsworks server, and what it answers of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::user::HopsworksUser;

#[derive(Clone, Debug)]
pub struct HopsworksProject {
    pub number: i32,
    pub name: String,
    /// Where its programs run.
    pub namespace: String,
    pub created: String,
    pub owner: i32,
    /// Numbers of users with their roles; the owner is one of them.
    pub members: BTreeMap<i32, String>,
    pub payment_type: String,
    pub quotas: Value,
}

impl HopsworksProject {
    pub fn new(number: i32, name: &str, owner: i32) -> Self {
        Self {
            number,
            name: name.to_owned(),
            namespace: name.to_lowercase().replace('_', "-"),
            created: "2026-01-01T00:00:00.000Z".to_owned(),
            owner,
            members: BTreeMap::from([(owner, "Data owner".to_owned())]),
            payment_type: "NOLIMIT".to_owned(),
            quotas: json!({}),
        }
    }

    /// As administrators see it: its creator and its quotas only where they are asked for.
    pub fn info(&self, creator: Option<&HopsworksUser>, with_quotas: bool, with_namespace: bool) -> Value {
        let creator = creator.map_or(json!({}), |user| {
            json!({
                "firstname": user.given_name,
                "lastname": user.surname,
                "email": user.email,
                "username": user.username,
            })
        });
        let mut info = json!({
            "id": self.number,
            "name": self.name,
            "creator": creator,
            "created": self.created,
            "paymentType": self.payment_type,
        });
        if with_namespace {
            info["namespace"] = json!(self.namespace);
        }
        if with_quotas {
            info["projectQuotas"] = self.quotas.clone();
        }
        info
    }
}

/// Letters and digits, and single `_` within.
pub fn is_project_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=63).contains(&name.len()) && !name.starts_with('_') && !name.contains("__") && name.bytes().all(is_part)
}
