//! Which tables were read as a whole, by PostgreSQL's own counters.

use anyhow::{Error, Result};
use std::collections::BTreeMap;

use crate::bench::figure::{Figure, Limit, Unit};
use ops::admin_db::AdminDb;
use testkit::World;

/// Sequential scans of each table that grows with users or with time: all but clusters and prices.
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
    let mut what = "sequential scans of tables that grow".to_owned();
    let mut scans = 0;
    for (table, count) in of_growing_tables(world).await? {
        let more = count - before.get(&table).unwrap_or(&0);
        if more > 0 {
            what.push_str(&format!(", {more} of {table}"));
            scans += more;
        }
    }
    Ok(Figure::new(what, Unit::Count, scans).limit(Limit::AtMost(0)))
}
