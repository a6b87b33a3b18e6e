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

#[tokio::test]
async fn seats_are_counted_once_whoever_else_counts_them() {
    let world = World::new().await;
    let home = world.add_cluster("home", 5).await;
    let other = world.add_cluster("other", 5).await;
    // As a web app may have them: before ours and after, one that knows nothing of moves, and a function.
    world
        .sql(
            "create function app.bump() returns trigger language plpgsql as $$ begin \
               update public.hopsworks_clusters set current_users = current_users + 1 where id = new.hopsworks_cluster_id; \
               update public.hopsworks_clusters set current_users = current_users - 1 where id = old.hopsworks_cluster_id; \
               return null; end $$; \
             create trigger a_first after insert or delete on public.user_hopsworks_assignments \
               for each row execute function app.bump(); \
             create trigger z_last after insert or update or delete on public.user_hopsworks_assignments \
               for each row execute function app.bump(); \
             create function app.increment_cluster_users(cluster uuid) returns void language sql as \
               $$ update public.hopsworks_clusters set current_users = current_users + 1 where id = cluster $$",
        )
        .await;
    for name in ["ann", "bob", "carla"] {
        log_in(&world, name).await;
    }
    let counted = async || {
        let counts =
            "select string_agg(name || ' ' || current_users, ', ' order by name) from public.hopsworks_clusters";
        world.one(counts).await
    };
    assert_eq!(counted().await, "home 2, other 1");
    for (edit, expected) in [
        (format!("select app.increment_cluster_users('{home}')"), "home 2, other 1"),
        ("update public.hopsworks_clusters set current_users = 0".to_owned(), "home 2, other 1"),
        (format!("update public.user_hopsworks_assignments set hopsworks_cluster_id = '{other}'"), "home 0, other 3"),
        ("delete from public.user_hopsworks_assignments where user_id = 'auth0|bob'".to_owned(), "home 0, other 2"),
        (
            format!(
                "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values ('auth0|bob', '{home}')"
            ),
            "home 1, other 2",
        ),
        ("truncate public.user_hopsworks_assignments".to_owned(), "home 0, other 0"),
    ] {
        world.sql(&edit).await;
        assert_eq!(counted().await, expected, "{edit}");
    }
}

#[tokio::test]
async fn a_seat_waits_for_nobody_who_holds_a_cluster_by_a_foreign_key() {
    let world = World::new().await;
    let home = world.add_cluster("home", 5).await;
    world.sql("insert into public.users (id) values ('auth0|bob')").await;
    // Two sessions that insert a seat by hand at once each hold the cluster so, and then both count.
    let mut holder = world.direct().await;
    holder
        .run(&format!("begin; select from public.hopsworks_clusters where id = '{home}' for key share"))
        .await
        .unwrap();
    let login = r#"{"input": {"user_id": "auth0|ann", "logged_in_at": "2026-01-01T00:00:00Z"}}"#;
    for seat in [
        format!(
            "insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) values ('auth0|bob', '{home}')"
        ),
        format!("select sync_user('{login}')"),
    ] {
        world.sql(&format!("set lock_timeout = '1s'; {seat}")).await;
    }
    holder.run("rollback").await.unwrap();
    assert_eq!(seating(&world).await, "ann=home bob=home");
}
