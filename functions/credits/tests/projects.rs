//! How many projects the users of an account may create on their cluster, by its credits.

use serde_json::json;
use testkit::{Function, World};

use crate::fixtures::{anns_policy_is, bought, instance, used, world};

/// Ann owns an account with Bob, on a cluster where an owner may create five projects, a member three, and one who has
/// nothing left two.
async fn team() -> (World, Function) {
    let world = world().await;
    let cluster = world.add_cluster("a", 10).await;
    world
        .sql(&format!(
            "update public.hopsworks_clusters set api_key = 'enc:k1:' || repeat('A', 38) where id = '{cluster}'; \
             insert into app.hopsworks_provisioning \
               (hopsworks_cluster_id, oauth_client_id, owner_projects, member_projects, projects_without_credit) \
             values ('{cluster}', 'web-app', 5, 3, 2); select place_waiting()"
        ))
        .await;
    world.sign_up("bob").await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    (world, function)
}

/// Such as `5 3`, Ann's and Bob's.
async fn projects(world: &World) -> String {
    world.assert_sound().await;
    world
        .one("select string_agg(coalesce(wanted_projects::text, '-'), ' ' order by user_id) from app.hopsworks_accounts where user_id <> 'auth0|admin'")
        .await
}

#[tokio::test]
async fn who_has_nothing_left_gets_no_new_projects_nor_do_their_members() {
    let (world, function) = team().await;
    assert_eq!(projects(&world).await, "5 3");
    bought(&world, &function, "100").await;
    used(&world, "bob", 0, "95").await;
    assert_eq!(projects(&world).await, "5 3", "low");
    used(&world, "bob", 0, "100").await;
    assert_eq!(projects(&world).await, "2 2");
    anns_policy_is(&world, &function, &json!({ "projects_when_exhausted": 0 })).await;
    assert_eq!(projects(&world).await, "0 0", "as the policy says");
    anns_policy_is(&world, &function, &json!({ "projects_when_exhausted": 4 })).await;
    assert_eq!(projects(&world).await, "4 3", "never more than with credit");
    bought(&world, &function, "1").await;
    assert_eq!(projects(&world).await, "5 3");
}

#[tokio::test]
async fn a_month_that_has_cost_its_cap_allows_no_new_projects() {
    let (world, function) = team().await;
    bought(&world, &function, "1000").await;
    anns_policy_is(&world, &function, &json!({ "monthly_cap": "10" })).await;
    used(&world, "bob", 0, "9.99").await;
    assert_eq!(projects(&world).await, "5 3");
    used(&world, "bob", 0, "10").await;
    assert_eq!(projects(&world).await, "2 2");
    anns_policy_is(&world, &function, &json!({ "monthly_cap": "20" })).await;
    assert_eq!(projects(&world).await, "5 3");
}

#[tokio::test]
async fn who_joins_a_team_that_has_nothing_left_is_limited_and_who_leaves_is_not() {
    let (world, function) = team().await;
    bought(&world, &function, "10").await;
    used(&world, "ann", 0, "10").await;
    world.sign_up("carla").await;
    assert_eq!(projects(&world).await, "2 2 5");
    world.join("carla", "ann").await;
    assert_eq!(projects(&world).await, "2 2 2");
    world.join("carla", "carla").await;
    world.join("bob", "bob").await;
    assert_eq!(projects(&world).await, "2 5 5");
}
