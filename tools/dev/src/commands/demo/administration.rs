//! The part of the story about administration: tags, suspension, the audit log, and the invariants.

use anyhow::Result;
use serde_json::json;

use super::{Story, expect};

impl Story<'_> {
    pub(super) async fn administration(&self) -> Result<()> {
        self.tags().await?;
        self.suspension().await?;
        self.evidence().await
    }

    async fn tags(&self) -> Result<()> {
        self.chapter(
            "The administrator tags Ann as a beta tester, and finds users by that tag, with seat, team and credits.",
        )?;
        let tag = json!({ "metadata": { "tags": ["beta"] } });
        let ann = self.call("PATCH", "/api/admin/users/auth0%7Cann", "ADMIN_TOKEN", Some(&tag)).await?;
        expect(&ann["metadata"], |metadata| *metadata == tag["metadata"], "the tag is stored")?;
        let query = "/api/admin/users?metadata=%7B%22tags%22%3A%5B%22beta%22%5D%7D";
        let found = self.call("GET", query, "ADMIN_TOKEN", None).await?;
        expect(&found["items"][0]["team_size"], |size| *size == 1, "Ann is found, with a team of one")
    }

    async fn suspension(&self) -> Result<()> {
        self.chapter("Ann is suspended, and with Ann the team: the Action denies Bob's login.")?;
        let ann = "/api/admin/users/auth0%7Cann";
        self.call("PATCH", ann, "ADMIN_TOKEN", Some(&json!({ "status": "suspended" }))).await?;
        let bob = self.action("auth0|bob", "bob@example.com", "Bob Example").await?;
        expect(&bob["response"]["body"]["code"], |code| code == "account_suspended", "Bob is suspended with Ann")?;

        self.chapter("Ann comes back, and so does Bob. Their seats were kept.")?;
        self.call("PATCH", ann, "ADMIN_TOKEN", Some(&json!({ "status": "active" }))).await?;
        let bob = self.call("GET", "/api/auth/me", "BOB_TOKEN", None).await?;
        expect(&bob["assignment"]["cluster_name"], |name| name == "second", "Bob sits where he sat")
    }

    async fn evidence(&self) -> Result<()> {
        self.chapter("Who did that to Ann? Every write of an administrator left its entry, with before and after.")?;
        let log = "/api/admin/audit-log?target=auth0%7Cann&action=users.update";
        let entries = self.call("GET", log, "ADMIN_TOKEN", None).await?;
        expect(&entries["items"][0]["after"]["status"], |status| status == "active", "the last one made Ann active")?;

        self.chapter("Do all invariants hold? One view checks seats, teams, the ledger and every day's sum.")?;
        let violations = self.call("GET", "/api/admin/invariants", "ADMIN_TOKEN", None).await?;
        expect(&violations["items"], |found| found.as_array().is_some_and(Vec::is_empty), "all invariants hold")?;
        let refused = self.call("GET", "/api/admin/users", "ANN_TOKEN", None).await?;
        expect(&refused["code"], |code| code == "admin_only", "and Ann, who is no administrator, sees none of it")
    }
}
