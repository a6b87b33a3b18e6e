//! Who pays: the membership of the day, whatever has changed since; and the sum by user is the sum by account.

use testkit::World;

use crate::fixtures::{account, instance, it_is, reading, record, world};

/// What each user's days cost, and what each account was charged: both in all.
async fn by_user_and_by_account(world: &World) -> (String, String) {
    let by_user = "select round(sum(scaled_cost_usd) / app.billing_month_seconds(), 6)::text from public.usage_daily";
    let by_account =
        "select round(sum(scaled_cost_usd) / app.billing_month_seconds(), 6)::text from public.user_credits";
    (world.one(by_user).await, world.one(by_account).await)
}

#[tokio::test]
async fn a_member_is_billed_as_the_history_says() {
    let mut world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    let function = instance(&world).await;
    record(&world, &function, &[reading("bob", "2026-07-14", "10")]).await;
    // On the 15th Bob has used nothing yet: Ann pays from today.
    world.join("bob", "ann").await;
    record(&world, &function, &[reading("bob", "2026-07-15", "20")]).await;
    assert_eq!(account(&world, "bob").await, "used 1.75, balance -1.75, 1 entries");
    assert_eq!(account(&world, "ann").await, "used 3.50, balance -3.50, 1 entries");

    // The member has used something on the day of leaving, the 18th: Ann pays for that day to its end.
    it_is(&mut world, "2026-07-18T12:00:00Z").await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("bob", "2026-07-18", "2")]).await;
    world.join("bob", "bob").await;
    let later = crate::fixtures::with(reading("bob", "2026-07-18", "2"), serde_json::json!({ "source": "other" }));
    record(&world, &function, &[later]).await;
    assert_eq!(account(&world, "ann").await, "used 4.20, balance -4.20, 3 entries");

    // A week later days before, in and after the membership are revised or come late.
    it_is(&mut world, "2026-07-22T12:00:00Z").await;
    let function = instance(&world).await;
    let late = [
        reading("bob", "2026-07-14", "20"),
        reading("bob", "2026-07-13", "10"),
        reading("bob", "2026-07-15", "10"),
        reading("bob", "2026-07-16", "10"),
        reading("bob", "2026-07-19", "10"),
    ];
    assert_eq!(record(&world, &function, &late).await, ["revised", "created", "revised", "created", "created"]);
    assert_eq!(account(&world, "bob").await, "used 7.00, balance -7.00, 2 entries");
    assert_eq!(account(&world, "ann").await, "used 4.20, balance -4.20, 3 entries", "10 less and 10 more");
    let (by_user, by_account) = by_user_and_by_account(&world).await;
    assert_eq!((&*by_user, &*by_account), ("11.200000", "11.200000"));
    world.assert_sound().await;
}

#[tokio::test]
async fn one_batch_charges_each_account_once() {
    let world = world().await;
    for name in ["ann", "bob", "carla", "dora"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world.join("carla", "ann").await;
    let function = instance(&world).await;
    let mut readings = Vec::new();
    for name in ["dora", "carla", "bob", "ann"] {
        for day in ["2026-07-15", "2026-07-14"] {
            readings.push(reading(name, day, "1"));
        }
    }
    assert_eq!(record(&world, &function, &readings).await, ["created"; 8]);
    // On the 14th Bob and Carla still paid for themselves.
    assert_eq!(account(&world, "ann").await, "used 0.70, balance -0.70, 1 entries");
    assert_eq!(account(&world, "bob").await, "used 0.18, balance -0.18, 1 entries");
    assert_eq!(account(&world, "carla").await, "used 0.18, balance -0.18, 1 entries");
    assert_eq!(account(&world, "dora").await, "used 0.35, balance -0.35, 1 entries");
    world.assert_sound().await;
}
