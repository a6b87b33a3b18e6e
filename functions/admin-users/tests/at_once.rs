//! Administrators who act at the same time.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::{audit, instance, patch_by, world};

/// `admin` changes `ann` and `ann` changes `admin` at once; the statuses, sorted.
async fn each_other(world: &World, changes: &Value) -> Vec<u16> {
    let instances = vec![Arc::new(instance(world).await), Arc::new(instance(world).await)];
    let requests = vec![patch_by(world, "admin", "ann", changes), patch_by(world, "ann", "admin", changes)];
    let mut statuses: Vec<u16> =
        world.race("select lock_seats()", instances, requests).await.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test]
async fn two_administrators_who_demote_or_suspend_or_delete_each_other_leave_one() {
    for changes in [json!({ "is_admin": false }), json!({ "status": "suspended" }), json!({ "status": "deleted" })] {
        for _ in 0..3 {
            let world = world(&["ann"]).await;
            world.sql("select promote_admin('auth0|ann')").await;
            assert_eq!(each_other(&world, &changes).await, [200, 403], "{changes}");
            assert_eq!(world.one("select count(*) from public.users where is_admin and status = 'active'").await, "1");
            assert_eq!(audit(&world).await.len(), 1);
            world.assert_sound().await;
        }
    }
}

#[tokio::test]
async fn of_changes_of_what_was_seen_at_once_one_is_made() {
    let world = world(&["ann"]).await;
    let first = instance(&world).await;
    let seen = first.send(crate::fixtures::get(&world, &crate::fixtures::user("ann"))).await.expect(200);
    let tag = seen.headers["etag"].to_str().unwrap();
    let (mut instances, mut requests) = (Vec::new(), Vec::new());
    for number in 0..6 {
        instances.push(Arc::new(instance(&world).await));
        let changes = json!({ "metadata": { "by": number } });
        requests.push(patch_by(&world, "admin", "ann", &changes).header("if-match", tag));
    }
    let mut statuses: Vec<u16> =
        world.race("select lock_seats()", instances, requests).await.iter().map(|response| response.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    assert_eq!(audit(&world).await.len(), 1);
}
