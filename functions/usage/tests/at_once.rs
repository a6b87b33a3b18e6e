//! Several batches at once: what is the same counts once, and what touches one account comes one after the other.

use std::sync::Arc;

use testkit::{Function, World};

use crate::fixtures::{account, batch, instance, outcomes, reading, world};

async fn instances(world: &World, count: usize) -> Vec<Arc<Function>> {
    let mut instances = Vec::new();
    for _ in 0..count {
        instances.push(Arc::new(instance(world).await));
    }
    instances
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_ten_times_at_once_moves_the_ledger_once() {
    let world = world().await;
    for name in ["ann", "bob", "carla"] {
        world.sign_up(name).await;
    }
    let instances = instances(&world, 10).await;
    let readings: Vec<_> = (1..=9)
        .map(|number| {
            let name = ["ann", "bob", "carla"][number % 3];
            reading(name, &format!("2026-07-0{number}"), "10")
        })
        .collect();
    let held = "select lock_accounts(array['auth0|ann'])";
    let responses = world.race(held, instances, vec![batch(&world, &readings); 10]).await;
    let mut created = 0;
    for response in &responses {
        assert_eq!(response.status, 200, "{}", response.text);
        created += outcomes(response).iter().filter(|outcome| *outcome == "created").count();
        assert!(outcomes(response).iter().all(|outcome| outcome == "created" || outcome == "unchanged"));
    }
    assert_eq!(created, 9);
    for name in ["ann", "bob", "carla"] {
        assert_eq!(account(&world, name).await, "used 5.25, balance -5.25, 1 entries");
    }
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_at_once_end_with_one_of_them_and_bill_that_one() {
    let world = world().await;
    world.sign_up("ann").await;
    let instances = instances(&world, 8).await;
    let revision = |hours: usize| {
        let mut readings: Vec<_> =
            (1..=9).map(|day| reading("ann", &format!("2026-07-0{day}"), &(hours * 10).to_string())).collect();
        if hours.is_multiple_of(2) {
            readings.reverse();
        }
        batch(&world, &readings)
    };
    let held = "select lock_accounts(array['auth0|ann'])";
    let responses = world.race(held, instances, (1..=8).map(revision).collect()).await;
    assert!(responses.iter().all(|response| response.status == 200));
    assert_eq!(world.one("select count(distinct cpu_hours) from public.usage_daily").await, "1", "one batch came last");
    world.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_comes_while_its_user_joins_is_billed_as_the_history_says() {
    let world = world().await;
    let function = instance(&world).await;
    for round in 0..20 {
        let (member, owner) = (format!("member{round}"), format!("owner{round}"));
        world.sign_up(&member).await;
        world.sign_up(&owner).await;
        let hour = reading(&member, "2026-07-15", "1");
        let (_, response) = tokio::join!(world.join(&member, &owner), function.send(batch(&world, &[hour])));
        assert_eq!(outcomes(&response), ["created"]);
    }
    world.assert_sound().await;
}
