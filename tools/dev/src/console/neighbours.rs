//! What the console is told of the back office that it belongs to.

use anyhow::Result;
use ops::environment::AUDIENCE;
use serde_json::json;

use crate::{dev_stack::DevStack, people::CLIENT_ID};

/// The file beside its pages that says so.
pub const CONFIG: &str = "config.json";

/// What the console calls, as origins.
pub struct Neighbours<'a> {
    pub api: &'a str,
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub audience: &'a str,
    /// Where credits are bought.
    pub buy_credits_url: Option<&'a str>,
    /// Whom users write to.
    pub contact: Option<&'a str>,
}

impl<'a> Neighbours<'a> {
    pub fn of(site: &'a DevStack) -> Result<Self> {
        let (api, issuer) = (site.environment.get("API_URL")?, site.environment.get("AUTH0_ISSUER")?);
        Ok(Self {
            api,
            issuer: issuer.trim_end_matches('/'),
            client_id: CLIENT_ID,
            audience: AUDIENCE,
            buy_credits_url: None,
            contact: None,
        })
    }

    /// What the console reads when it starts.
    pub fn config(&self) -> String {
        let auth0 = json!({ "domain": self.issuer, "client_id": self.client_id, "audience": self.audience });
        let mut config = json!({ "api_url": self.api, "auth0": auth0 });
        for (name, value) in [("buy_credits_url", self.buy_credits_url), ("contact", self.contact)] {
            if let Some(value) = value {
                config[name] = json!(value);
            }
        }
        config.to_string()
    }
}
