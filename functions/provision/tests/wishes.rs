//! What an account should be follows from seats, users, credits and settings, whoever writes them.

use testkit::World;

use crate::site::{demo, wanted};

/// Each statement, and what is wanted after it.
async fn follow(world: &World, steps: &[(&str, &[&str])]) {
    for (statement, expected) in steps {
        world.sql(statement).await;
        assert_eq!(wanted(world).await, *expected, "{statement}");
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn the_account_follows_the_seat_and_the_user() {
    let world = World::new().await;
    demo(&world, 10).await;
    world.sign_up("ann").await;
    let suspend = "select lock_seats(); select set_user_status('auth0|ann', 'suspended')";
    let back = "select lock_seats(); select set_user_status('auth0|ann', 'active')";
    follow(
        &world,
        &[
            ("select", &["auth0|ann active 3 pending provisioning"]),
            (suspend, &["auth0|ann deactivated pending stopped"]),
            (back, &["auth0|ann active 3 pending provisioning"]),
            // By hand.
            ("delete from public.user_hopsworks_assignments", &["auth0|ann deactivated pending stopped"]),
            (
                "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
             select 'auth0|ann', id from public.hopsworks_clusters",
                &["auth0|ann active 3 pending provisioning"],
            ),
            (
                "select lock_seats(); select set_user_status('auth0|ann', 'deleted')",
                &["auth0|ann deactivated pending deleted"],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_limit_of_projects_follows_team_credit_and_settings() {
    let world = World::new().await;
    demo(&world, 10).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world.add_administrator().await;
    let zeros = "00".repeat(32);
    let credit = |amount: &str| {
        format!(
            "select adjust_credits('{{\"caller\": {{\"sub\": \"auth0|admin\", \"must_be\": \"admin\", \"request_id\": \"{amount}\"}}, \
               \"input\": {{\"user_id\": \"auth0|ann\", \"amount\": \"{amount}\", \"reason\": \"test\", \
                 \"idempotency_key\": \"{amount}\", \"body_sha256\": \"{zeros}\"}}}}')"
        )
    };
    world.join("bob", "ann").await;
    follow(
        &world,
        &[
            ("select", &["auth0|ann active 3 pending provisioning", "auth0|bob active 0 pending provisioning"]),
            (&credit("-2"), &["auth0|ann active 1 pending provisioning", "auth0|bob active 0 pending provisioning"]),
            (&credit("1"), &["auth0|ann active 1 pending provisioning", "auth0|bob active 0 pending provisioning"]),
            (&credit("3"), &["auth0|ann active 3 pending provisioning", "auth0|bob active 0 pending provisioning"]),
            (
                "update app.hopsworks_provisioning set member_projects = 1, owner_projects = 5",
                &["auth0|ann active 5 pending provisioning", "auth0|bob active 1 pending provisioning"],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_cluster_that_begins_or_ends_to_provision_takes_its_users_along() {
    let world = World::new().await;
    let (_hopsworks, id) = demo(&world, 10).await;
    let key = world.one("select api_key from public.hopsworks_clusters").await;
    world.sql("update public.hopsworks_clusters set api_key = null").await;
    world.sign_up("ann").await;
    assert_eq!(wanted(&world).await, [""; 0]);
    assert_eq!(world.one("select status from public.instances").await, "active");
    let with_key = format!("update public.hopsworks_clusters set api_key = '{key}' where id = '{id}'");
    follow(
        &world,
        &[
            (&with_key, &["auth0|ann active 3 pending provisioning"]),
            ("update app.hopsworks_provisioning set provisions = false", &["auth0|ann active 3 off active"]),
            // What changes meanwhile is caught up with.
            ("delete from public.user_hopsworks_assignments", &["auth0|ann active 3 off stopped"]),
            ("update app.hopsworks_provisioning set provisions = true", &["auth0|ann deactivated pending stopped"]),
            ("delete from app.hopsworks_provisioning", &["auth0|ann deactivated off stopped"]),
        ],
    )
    .await;
}
