//! Migrating under traffic: no request fails, and none waits for long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ops::admin_db::AdminDb;
use proof::storm::seats::{Client, FUNCTIONS};
use testkit::{World, programs::variable};
use tests::{
    clients::run,
    variants::{changed, file},
};

use crate::fixtures::{migrate, sources};

/// `RELEASE_OPERATIONS=60000 make test T=columns_and_releases` keeps the clients at work for about a minute.
const OPERATIONS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_columns_and_releases_are_added() {
    let world = Arc::new(World::new().await);
    world.add_cluster("first", 6).await;
    world.add_cluster("second", 4).await;
    world.add_administrator().await;
    let given = variable("RELEASE_OPERATIONS").and_then(|text| text.to_str()?.parse().ok());
    let over = AtomicBool::new(false);
    let traffic = async {
        run(&[&world], &FUNCTIONS, given.unwrap_or(OPERATIONS), |session, _| Client { session }).await;
        over.store(true, Ordering::Relaxed);
    };
    let ((), rounds) = tokio::join!(traffic, migrate_until(&world, &over));
    println!("{rounds} times a column, a release, and nothing");
    assert!(rounds > 2, "{rounds} rounds");
}

/// Adds a column and a release, and then finds nothing to do, again and again.
async fn migrate_until(world: &World, over: &AtomicBool) -> usize {
    let (mut sources, mut rounds) = (sources(), 0);
    let mut database = AdminDb::connect(&world.stack.direct_url(&world.database)).await.unwrap();
    while !over.load(Ordering::Relaxed) {
        rounds += 1;
        let name = format!("{:03}_column.sql", 100 + rounds);
        sources.migrations.push(file(&name, &format!("alter table public.users add column later_{rounds} text")));
        sources.release =
            changed(&[("return describe_user(v_user.id);", &format!("return describe_user(v_user.id); -- {rounds}"))]);
        let expected = [name, sources.release.schema.clone()];
        assert_eq!(migrate(&mut database, &sources, Duration::from_secs(60)).await.unwrap(), expected);
        assert_eq!(migrate(&mut database, &sources, Duration::ZERO).await.unwrap(), [""; 0]);
    }
    rounds
}
