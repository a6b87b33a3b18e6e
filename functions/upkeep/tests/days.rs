//! A world in which it is noon on July 15, and days that pass in it. The year lies ahead of any in which a
//! migration can have made partitions.

use serde_json::{Value, json};
use shared::scheduled::ScheduledTask;
use testkit::{Worker, World};

/// Noon of July 15, 2040, for the database.
pub async fn world() -> World {
    let world = World::new().await;
    world.database_time_is("timestamptz '2040-07-15 12:00Z'").await;
    world
}

/// From now on it is that time, and nothing was done about it.
pub async fn it_is(world: &World, time: &str) {
    world
        .sql(&format!(
            "create or replace function app.now() returns timestamptz language sql stable parallel safe \
             set search_path = pg_catalog, pg_temp as $$ select timestamptz '{time}' $$"
        ))
        .await;
}

/// A new instance of `upkeep`.
pub async fn instance(world: &World) -> Worker<impl ScheduledTask> {
    world.worker(upkeep::NAME, upkeep::run).await
}

/// The day's event.
pub fn event() -> Value {
    json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event" })
}

/// A run that ends well: its report.
pub async fn run(world: &World) -> Value {
    let instance = instance(world).await;
    let done = instance.handle(event()).await;
    done.unwrap_or_else(|failure| panic!("{failure}\n{}", instance.log.text()))
}
