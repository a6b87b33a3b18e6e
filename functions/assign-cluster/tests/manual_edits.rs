//! What follows when seats and users are edited by hand.

use testkit::World;

use crate::fixtures::{log_in, seating};

/// The name of the cluster that Bob waits for.
async fn waits_for(world: &World) -> String {
    world
        .one(
            "select (select c.name from public.hopsworks_clusters c where c.id = u.waiting_cluster_id) \
             from public.users u where u.id = 'auth0|bob'",
        )
        .await
}

#[tokio::test]
async fn a_waiting_member_waits_for_the_owners_cluster_however_that_changes() {
    let world = World::new().await;
    world.add_cluster("home", 1).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    world.join("bob", "ann").await;
    assert_eq!((seating(&world).await.as_str(), waits_for(&world).await.as_str()), ("ann=home bob=waits", "home"));
    let other = world.add_cluster("other", 1).await;
    for (edit, cluster) in [
        (format!("update public.user_hopsworks_assignments set hopsworks_cluster_id = '{other}'"), "other"),
        ("update public.users set waiting_cluster_id = null where id = 'auth0|bob'".to_owned(), "other"),
        ("delete from public.user_hopsworks_assignments where user_id = 'auth0|ann'".to_owned(), "null"),
        (
            format!(
                "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values ('auth0|ann', '{other}')"
            ),
            "other",
        ),
        ("update public.users set waiting_since = null where id = 'auth0|bob'".to_owned(), "null"),
        ("update public.users set waiting_since = now() where id = 'auth0|bob'".to_owned(), "other"),
        ("truncate public.user_hopsworks_assignments".to_owned(), "null"),
    ] {
        world.sql(&edit).await;
        assert_eq!(waits_for(&world).await, cluster, "{edit}");
        let told = "select string_agg(detail, '') from app.invariant_violations where kind = 'members_wait_for_their_owners_cluster'";
        assert_eq!(world.one(told).await, "null", "{edit}");
    }
}

#[tokio::test]
async fn a_seat_knows_the_age_of_its_user_whatever_is_written_into_either() {
    let world = World::new().await;
    world.add_cluster("home", 5).await;
    log_in(&world, "ann").await;
    for edit in [
        "update public.users set created_at = '2020-02-02'",
        "update public.user_hopsworks_assignments set user_created_at = '2021-01-01'",
        "update public.user_hopsworks_assignments set user_created_at = null",
    ] {
        world.sql(edit).await;
        let age = "select user_created_at::date from public.user_hopsworks_assignments";
        assert_eq!(world.one(age).await, "2020-02-02", "{edit}");
    }
    assert_eq!(seating(&world).await, "ann=home");
    world.assert_sound().await;
}
