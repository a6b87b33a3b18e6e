//! The proof: what was counted before, what the troubles moved, and what is counted afterwards.

use std::fmt;

use anyhow::{Result, bail};

use super::kinds;
use crate::admin_db::AdminDb;

/// All lines of it.
#[derive(Debug)]
pub struct Reconciliation(Vec<String>);

/// In this order.
const LINES: &str = "array['users', 'account owners', 'members', 'seats', 'bought', 'used', 'left', 'CPU hours', 'GPU hours', \
    'storage GB-months', 'days', 'charged for days', 'CPU hours of days', 'GPU hours of days', 'gigabytes of days', \
    'invites open', 'invites accepted', 'invites ended', 'links open', 'keys of clusters', \
    'keys of deployments', 'rows with unreadable values']";

impl Reconciliation {
    /// Compares, and fails where a line differs without a reason.
    pub async fn make(database: &mut AdminDb) -> Result<Self> {
        let wrong = database
            .texts(
                "select format('%s of %s: %s before, %s by the plan, and %s afterwards', line, key, trim_scale(before), \
                   trim_scale(moved), trim_scale(after)) from reconciliation where before + moved <> after order by 1 limit 20",
            )
            .await?;
        if !wrong.is_empty() {
            let wrong: Vec<String> = wrong.into_iter().flatten().collect();
            bail!("the reconciliation differs, so nothing was taken over: {}", wrong.join("; "));
        }
        let totals = format!(
            "select format('%-20s %16s before %14s by the plan %16s after%s', line, trim_scale(sum(before)), \
               trim_scale(sum(moved)), trim_scale(sum(after)), \
               case when count(*) > 1 or line in ('seats', 'bought') then format('   (%s compared one by one)', count(*)) end) \
             from reconciliation group by line order by array_position({LINES}, line)"
        );
        let mut lines: Vec<String> = database.texts(&totals).await?.into_iter().flatten().collect();
        lines.push("by the plan:".to_owned());
        let moved = format!(
            "select concat_ws(E'\\t', line, kind, case when sum(amount) > 0 then '+' else '' end || trim_scale(sum(amount)), count(*)) \
             from effects group by line, kind order by array_position({LINES}, line), kind"
        );
        for line in database.texts(&moved).await?.into_iter().flatten() {
            let mut parts = line.split('\t');
            let (Some(line), Some(code), Some(amount), Some(keys)) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            let trouble = kinds::find(code).map_or(code, |kind| kind.trouble);
            lines.push(format!("  {line}: {amount} in all, in {keys} of them, because: {trouble}"));
        }
        Ok(Self(lines))
    }
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| writeln!(out, "  {line}"))
    }
}
