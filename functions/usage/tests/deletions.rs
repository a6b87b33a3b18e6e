//! Usage up to the deletion of a user is billed, whenever it is reported; what begins later is refused.

use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::{account, instance, it_is, reading, record, with, world};

/// An hour of the 15th, from this hour on.
fn hour(name: &str, hour: u32, cpu_hours: &str) -> Value {
    let [start, end] = [hour, hour + 1].map(|hour| format!("2026-07-15T{hour:02}:00:00Z"));
    with(reading(name, "2026-07-15", cpu_hours), json!({ "window_start": start, "window_end": end }))
}

async fn delete(world: &World, name: &str) {
    world.sql(&format!("select set_user_status('auth0|{name}', 'deleted')")).await;
}

#[tokio::test]
async fn what_was_used_before_a_deletion_is_billed_sent_again_and_revised_as_anybodys() {
    let mut world = world().await;
    world.sign_up("ann").await;
    let function = instance(&world).await;
    assert_eq!(record(&world, &function, &[hour("ann", 9, "10")]).await, ["created"]);
    it_is(&mut world, "2026-07-15T12:30:00Z").await;
    delete(&world, "ann").await;
    it_is(&mut world, "2026-07-16T12:00:00Z").await;
    let function = instance(&world).await;
    let readings = [
        hour("ann", 9, "10"),
        hour("ann", 11, "10"),
        // It began before, and its values are of all of it.
        hour("ann", 12, "10"),
        hour("ann", 13, "10"),
        with(hour("ann", 12, "1"), json!({ "source": "b", "window_start": "2026-07-15T12:30:00Z" })),
        with(hour("ann", 12, "1"), json!({ "source": "c", "window_start": "2026-07-15T12:29:59.999999Z" })),
        reading("ann", "2026-07-16", "1"),
    ];
    let deleted = "rejected user_deleted";
    let expected = ["unchanged", "created", "created", deleted, deleted, "created", deleted];
    assert_eq!(record(&world, &function, &readings).await, expected);
    assert_eq!(account(&world, "ann").await, "used 5.42, balance -5.42, 2 entries");
    let again = ["unchanged", "unchanged", "unchanged", deleted, deleted, "unchanged", deleted];
    assert_eq!(record(&world, &function, &readings).await, again);
    assert_eq!(record(&world, &function, &[hour("ann", 9, "0"), hour("ann", 12, "5")]).await, ["revised"; 2]);
    assert_eq!(account(&world, "ann").await, "used 2.80, balance -2.80, 3 entries");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_deleted_members_last_day_is_their_owners_also_when_it_is_reported_later() {
    let mut world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    it_is(&mut world, "2026-07-13T12:00:00Z").await;
    world.join("bob", "ann").await;
    it_is(&mut world, "2026-07-15T12:00:00Z").await;
    let function = instance(&world).await;
    record(&world, &function, &[reading("bob", "2026-07-14", "10")]).await;
    delete(&world, "bob").await;
    delete(&world, "ann").await;
    let late = [hour("bob", 9, "10"), reading("bob", "2026-07-14", "20"), reading("bob", "2026-07-12", "10")];
    assert_eq!(record(&world, &function, &late).await, ["created", "revised", "created"]);
    assert_eq!(account(&world, "ann").await, "used 5.25, balance -5.25, 2 entries");
    assert_eq!(account(&world, "bob").await, "used 1.75, balance -1.75, 1 entries", "of the time before the team");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_deletion_that_is_repeated_does_not_move() {
    let mut world = world().await;
    world.sign_up("ann").await;
    delete(&world, "ann").await;
    it_is(&mut world, "2026-07-15T18:00:00Z").await;
    delete(&world, "ann").await;
    let function = instance(&world).await;
    assert_eq!(record(&world, &function, &[hour("ann", 13, "1")]).await, ["rejected user_deleted"]);
    assert_eq!(record(&world, &function, &[hour("ann", 11, "1")]).await, ["created"]);
}

#[tokio::test]
async fn what_was_used_between_the_end_of_an_account_and_its_reopening_is_nobodys_for_ever() {
    let mut world = world().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    for (deleted, reopened) in [("09:00", "10:30"), ("11:00", "12:00")] {
        it_is(&mut world, &format!("2026-07-15T{deleted}:00Z")).await;
        delete(&world, "ann").await;
        it_is(&mut world, &format!("2026-07-15T{reopened}:00Z")).await;
        world.sql("select reopen_user('auth0|ann')").await;
    }
    it_is(&mut world, "2026-07-15T18:00:00Z").await;
    let function = instance(&world).await;
    let at = |start: &str| with(hour("ann", 10, "1"), json!({ "window_start": format!("2026-07-15T10:{start}Z") }));
    let readings = [
        hour("ann", 8, "1"),
        hour("ann", 9, "1"),
        at("29:59.999999"),
        at("30:00"),
        hour("ann", 11, "1"),
        hour("ann", 12, "1"),
    ];
    let closed = "rejected user_deleted";
    let expected = ["created", closed, closed, "created", closed, "created"];
    assert_eq!(record(&world, &function, &readings).await, expected);
    assert_eq!(account(&world, "ann").await, "used 0.52, balance -0.52, 1 entries");
    world.assert_sound().await;
}
