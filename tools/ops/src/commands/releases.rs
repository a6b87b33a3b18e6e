//! `make releases`: which releases a database holds, since when, and whether they are called.

use std::{collections::BTreeMap, io::Write, time::Duration};

use anyhow::{Context, Result};
use tokio::time::sleep;

use crate::{
    admin_db::AdminDb,
    environment,
    progress::step,
    schema::{
        self,
        releases::{self, Kept},
    },
};

/// Looks twice, `seconds` apart: calls that were made between the looks show that a release is in use.
pub async fn run(direct_url: Option<String>, seconds: u64) -> Result<()> {
    let mut database = AdminDb::connect(&environment::direct_url(direct_url)?).await?;
    let current = schema::sources()?.release.schema;
    let before = releases::calls(&mut database).await?;
    step(&format!("looking for calls for {seconds} s"));
    sleep(Duration::from_secs(seconds)).await;
    let after = releases::calls(&mut database).await?;
    let mut out = std::io::stdout().lock();
    for Kept { schema, applied_at, superseded_at } in releases::list(&mut database).await? {
        let calls = match (&before, &after) {
            (Some(before), Some(after)) => {
                let count = |counts: &BTreeMap<String, u64>| counts.get(&schema).copied().unwrap_or(0);
                // Counters may have been reset in between.
                format!("{} calls in {seconds} s", count(after).saturating_sub(count(before)))
            }
            _ => "calls are not counted here".to_owned(),
        };
        let until = superseded_at.map_or_else(|| "current".to_owned(), |at| format!("until {at}"));
        let own = if schema == current { ", this checkout" } else { "" };
        writeln!(out, "{schema}  since {applied_at}  {until}  {calls}{own}").context("printing the releases")?;
    }
    step(
        "next: `make migrate DROP=<release>` drops one that must not be called any more; old ones are dropped by themselves",
    );
    Ok(())
}
