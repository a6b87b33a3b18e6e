//! Which tables were read as a whole, by PostgreSQL's own counters.

use anyhow::{Error, Result};
use std::collections::BTreeMap;

use crate::bench::{Figure, Target, Unit};
use ops::admin_db::AdminDb;
use testkit::World;

/// Sequential scans of each table that grows with users or with time. Clusters and prices are few, however long
/// the business goes on.
pub async fn of_growing_tables(world: &World) -> Result<BTreeMap<String, u64>> {
    let mut owner = AdminDb::connect(&world.stack.direct_url(&world.database)).await?;
    // A connection reports what it has counted at its end, at the latest.
    owner
        .run(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity \
             where datname = current_database() and usename = 'api'",
        )
        .await?;
    let counts = owner
        .texts(
            "select jsonb_object_agg(relname, seq_scan) from pg_stat_user_tables \
             where schemaname in ('public', 'app') and relname not in ('hopsworks_clusters', 'usage_rates')",
        )
        .await?;
    let counts = counts.into_iter().flatten().next().unwrap_or_default();
    serde_json::from_str(&counts).map_err(Error::from)
}

/// How many there have been since, and of which tables.
pub async fn figure(world: &World, before: &BTreeMap<String, u64>) -> Result<Figure> {
    let after = of_growing_tables(world).await?;
    let since = |(table, count): (String, u64)| {
        let more = count - before.get(&table).unwrap_or(&0);
        (more > 0).then_some((table, more))
    };
    let scanned: Vec<(String, u64)> = after.into_iter().filter_map(since).collect();
    let mut what = "sequential scans of tables that grow".to_owned();
    for (table, count) in &scanned {
        what.push_str(&format!(", {count} of {table}"));
    }
    let scans = scanned.iter().map(|(_, count)| count).sum();
    Ok(Figure::new("scale", what, Unit::Times, scans).target(Target::AtMost(0)))
}
