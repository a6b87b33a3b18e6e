//! The database's clock, which is put back for what has happened before: the API takes no usage of more than 35 days ago.

use anyhow::Result;
use ops::admin_db::AdminDb;

use super::usage::DAYS;
use crate::dev_stack::DevStack;

const RIGHT: &str = include_str!("../../../../migrations/functions/now.sql");

pub struct DatabaseClock(AdminDb);

impl DatabaseClock {
    /// Puts it right, which an earlier run may have failed to do, and makes room for the usage of the time before.
    pub async fn of(site: &DevStack) -> Result<Self> {
        let mut clock = Self(AdminDb::connect(site.environment.get("DIRECT_URL")?).await?);
        clock.put_right().await?;
        let months = DAYS / 30 + 1;
        let make = format!(
            "do $$ begin for ago in 0 .. {months} loop call app.make_usage_partition( \
               (date_trunc('month', app.now() at time zone 'UTC') - ago * interval '1 month')::date); end loop; end $$"
        );
        clock.0.run(&make).await?;
        Ok(clock)
    }

    /// By so much, such as `3 days`.
    pub async fn put_back(&mut self, by: &str) -> Result<()> {
        let now = format!(
            "create or replace function app.now() returns timestamptz language sql stable parallel safe \
             as $$ select pg_catalog.now() - interval '{by}' $$"
        );
        Ok(self.0.run(&now).await?)
    }

    pub async fn put_right(&mut self) -> Result<()> {
        Ok(self.0.run(RIGHT).await?)
    }
}
