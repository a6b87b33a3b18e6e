//! A world in which it is noon on July 15, and days that pass in it. The year lies ahead of any in which a
//! migration can have made partitions.

use ops::admin_db::AdminDb;
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

/// Records so many CPU hours of Ann's in the first hour of each of these days, as a meter's request does it; what
/// becomes of each reading: `created`, or `rejected window_too_old`.
pub async fn record(world: &World, days: &[&str], cpu_hours: &str) -> Vec<String> {
    let reading = |(index, day): (usize, &&str)| {
        json!({
            "index": index,
            "source": "cluster-1",
            "user_id": "auth0|ann",
            "window_start": format!("{day}T00:00:00Z"),
            "window_end": format!("{day}T01:00:00Z"),
            "cpu_hours": cpu_hours,
            "gpu_hours": "0",
            "storage_gb": "0",
        })
    };
    let args = json!({
        "caller": { "sub": "meter@clients", "must_be": "machine" },
        "input": { "readings": days.iter().enumerate().map(reading).collect::<Vec<_>>() },
    });
    // With the rights that the functions have.
    let api = world.stack.pooled_url(world.stack.postgres_port, &world.database);
    let results = format!(
        "select concat_ws(' ', r ->> 'result', r ->> 'code') \
         from jsonb_array_elements({}.record_usage('{args}') -> 'results') r",
        world.release
    );
    let results = AdminDb::connect(&api).await.unwrap().texts(&results).await.unwrap();
    results.into_iter().map(|result| result.expect("each reading has a result")).collect()
}
