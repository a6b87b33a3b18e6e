//! Each thing that happens is told once, by whoever makes it happen, and nothing that did not happen is.

use testkit::World;

use crate::fixtures::told;

/// A world with a cluster of so many seats.
async fn world(seats: u32) -> World {
    let world = World::new().await;
    world.add_cluster("first", seats).await;
    world
}

#[tokio::test]
async fn who_signs_up_is_created_and_sits_or_waits_and_a_login_tells_nothing() {
    let world = world(1).await;
    world.sign_up("ann").await;
    assert_eq!(
        told(&world).await,
        ["user.created user:ann", "user.seated user:ann first", &cluster(&world, "cluster.full", "first").await]
    );
    world.sign_up("bob").await;
    assert_eq!(told(&world).await, ["user.created user:bob", "user.waiting user:bob"]);
    world.sign_up("ann").await;
    world.sign_up("bob").await;
    assert_eq!(told(&world).await, [""; 0]);
}

/// What is told of a cluster.
async fn cluster(world: &World, what: &str, name: &str) -> String {
    let id = world.one(&format!("select id from public.hopsworks_clusters where name = '{name}'")).await;
    format!("{what} cluster:{id} {name}")
}

#[tokio::test]
async fn a_seat_that_is_freed_and_filled_in_one_statement_tells_of_no_room() {
    let world = world(1).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    told(&world).await;
    world.sql("begin; select lock_seats(); select set_user_status('auth0|ann', 'deleted'); select place_waiting(); commit").await;
    assert_eq!(told(&world).await, ["user.deleted user:ann", "user.seated user:bob first"]);
    world.sql("begin; select lock_seats(); select set_user_status('auth0|bob', 'deleted'); select place_waiting(); commit").await;
    assert_eq!(told(&world).await, ["user.deleted user:bob", &cluster(&world, "cluster.has_room", "first").await]);
}

#[tokio::test]
async fn a_cluster_tells_when_it_is_full_and_when_it_takes_users_again() {
    let world = world(1).await;
    world.sign_up("ann").await;
    told(&world).await;
    for (change, what) in [
        ("max_users = 2", Some("cluster.has_room")),
        ("name = name", None),
        ("status = 'maintenance'", None),
        ("status = 'active'", Some("cluster.has_room")),
        ("max_users = 1", Some("cluster.full")),
    ] {
        world.sql(&format!("update public.hopsworks_clusters set {change}")).await;
        let expected = match what {
            Some(what) => vec![cluster(&world, what, "first").await],
            None => vec![],
        };
        assert_eq!(told(&world).await, expected, "{change}");
    }
}

#[tokio::test]
async fn who_is_moved_with_the_team_is_told_of_once_each_and_who_loses_the_seat_too() {
    let world = world(5).await;
    world.sign_up("ann").await;
    world.sign_up("bob").await;
    world.join("bob", "ann").await;
    let other = world.add_cluster("other", 5).await;
    told(&world).await;
    world.sql(&format!("begin; select lock_seats(); select move_account('auth0|ann', '{other}'); commit")).await;
    assert_eq!(told(&world).await, ["user.moved user:ann other", "user.moved user:bob other"]);
    // By hand, by way of no seat at all.
    world
        .sql(
            "begin; delete from public.user_hopsworks_assignments where user_id = 'auth0|ann'; \
             insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id) \
             select 'auth0|ann', id from public.hopsworks_clusters where name = 'first'; commit",
        )
        .await;
    assert_eq!(told(&world).await, ["user.moved user:ann first"]);
    world.sql("delete from public.user_hopsworks_assignments where user_id = 'auth0|ann'").await;
    assert_eq!(told(&world).await, ["user.unseated user:ann"]);
}

#[tokio::test]
async fn who_leaves_a_team_and_gets_a_seat_where_they_sat_is_told_of_as_gone_alone() {
    let world = world(5).await;
    world.sign_up("ann").await;
    world.sign_up("bob").await;
    told(&world).await;
    world.join("bob", "ann").await;
    assert_eq!(told(&world).await, ["member.joined account:ann bob"]);
    let leave = "begin; select lock_billing_terms(); select lock_seats(); \
        select set_membership('auth0|bob', 'auth0|bob', 'test'); select enqueue_for_seat('auth0|bob'); \
        select place_waiting(); commit";
    world.sql(leave).await;
    assert_eq!(told(&world).await, ["member.left account:ann bob"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_suspension_tells_who_did_it_and_a_reactivation_whom_it_brings_back() {
    let world = world(5).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    told(&world).await;
    let set = async |name: &str, status: &str| {
        world.sql(&format!("select set_user_status('auth0|{name}', '{status}')")).await;
        let mut told = told(&world).await;
        told.sort_unstable();
        told
    };
    let suspended = ["user.suspended user:ann administrator", "user.suspended user:bob owner"];
    assert_eq!(set("ann", "suspended").await, suspended);
    assert_eq!(set("ann", "suspended").await, [""; 0]);
    assert_eq!(set("ann", "active").await, ["user.reactivated user:ann", "user.reactivated user:bob"]);
    assert_eq!(set("bob", "suspended").await, ["user.suspended user:bob administrator"]);
    assert_eq!(set("bob", "deleted").await, ["member.left account:ann bob", "user.deleted user:bob"]);
}

#[tokio::test]
async fn what_is_rolled_back_tells_nothing_also_where_only_a_part_of_it_is() {
    let world = world(5).await;
    world
        .sql(
            "begin; insert into public.users (id) values ('auth0|ann'); rollback; \
             begin; insert into public.users (id) values ('auth0|bob'); savepoint s; \
             insert into public.users (id) values ('auth0|eve'); rollback to s; commit",
        )
        .await;
    assert_eq!(told(&world).await, ["user.created user:bob"]);
}

#[tokio::test]
async fn prices_are_told_of_when_they_are_set_and_when_they_are_corrected() {
    let world = world(1).await;
    let price = |cpu: &str| {
        format!(
            "insert into app.usage_rates values ('2026-01-01', {cpu}, 2, 0.03, 'test') \
             on conflict (effective_on) do update set cpu_hour_usd = excluded.cpu_hour_usd, created_at = app.now()"
        )
    };
    for (cpu, told) in [("1", 1), ("1", 1), ("0.5", 2)] {
        world.sql(&price(cpu)).await;
        assert_eq!(world.told().await.len(), told, "{cpu}");
    }
    assert_eq!(
        world.told().await[1],
        "rate.set rate:2026-01-01 {\"cpu_hour_usd\": \"0.500000\", \"effective_on\": \"2026-01-01\", \
         \"gpu_hour_usd\": \"2.000000\", \"storage_gb_month_usd\": \"0.030000\"}"
    );
}

#[tokio::test]
async fn nobody_but_the_tables_tells() {
    let world = world(1).await;
    for (role, statement) in [
        ("service_role", "insert into app.outbox (type, subject, data) values ('user.created', 'user:x', '{}')"),
        ("service_role", "select app.tell('user.created', 'user:x', '{}')"),
        ("service_role", "select from app.outbox"),
        ("api", "select app.tell('user.created', 'user:x', '{}')"),
        ("publisher", "select app.tell('user.created', 'user:x', '{}')"),
        ("publisher", "select app.release_event('00000000-0000-0000-0000-000000000000')"),
        ("publisher", "select from app.outbox"),
        ("publisher", "select forget_events('{}')"),
        ("api", "select claim_events('{}')"),
        ("collector", "select settle_events('{}')"),
    ] {
        let refusal = world.direct().await.run(&format!("set role {role}; {statement}")).await.unwrap_err();
        assert_eq!(refusal.code, "42501", "{role}: {statement}: {refusal:?}");
    }
}
