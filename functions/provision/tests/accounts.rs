//! From a seat to an account on the cluster, and back.

use testkit::{
    World,
    hopsworks::{Fault, Hopsworks, Moment},
};
use uuid::Uuid;

use crate::site::{accounts, demo, wanted, work, worker};

const USERS: &str = "/admin/users";

#[tokio::test]
async fn a_seat_becomes_an_account_and_the_instance_active_with_it() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    assert_eq!(work(&world).await["done"], 1);
    assert_eq!(accounts(&hopsworks), ["auth0|ann active 3"]);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 ready active"]);
    world.assert_sound().await;
    // What is as it should be is left alone.
    hopsworks.clear_requests();
    work(&world).await;
    assert_eq!(hopsworks.requests(), [""; 0]);
}

#[tokio::test]
async fn who_is_suspended_or_leaves_no_longer_works_there_and_comes_back() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    work(&world).await;
    for (statement, expected) in [
        ("select set_user_status('auth0|ann', 'suspended')", ["auth0|ann deactivated 3", "auth0|bob active 3"]),
        ("select set_user_status('auth0|ann', 'active')", ["auth0|ann active 3", "auth0|bob active 3"]),
        (
            "delete from public.user_hopsworks_assignments where user_id = 'auth0|bob'",
            ["auth0|ann active 3", "auth0|bob deactivated 3"],
        ),
        ("select set_user_status('auth0|ann', 'deleted')", ["auth0|ann deactivated 3", "auth0|bob deactivated 3"]),
    ] {
        world.sql(&format!("select lock_seats(); {statement}")).await;
        work(&world).await;
        assert_eq!(accounts(&hopsworks), expected, "{statement}");
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn who_moves_has_the_new_account_before_the_old_one_ends() {
    let world = World::new().await;
    let (old, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    work(&world).await;
    let new = crate::fixtures::start().await;
    let id = world.add_hopsworks_cluster(&new, "other", 10).await;
    new.set_fault(Some(Fault::Status(500)));
    world.sql(&format!("select lock_seats(); select move_account('auth0|ann', '{id}')")).await;
    work(&world).await;
    assert_eq!((accounts(&old), accounts(&new)), (vec!["auth0|ann active 3".to_owned()], vec![]));
    new.set_fault(None);
    world.sql("update app.hopsworks_accounts set next_attempt_at = app.now()").await;
    work(&world).await;
    assert_eq!(accounts(&new), ["auth0|ann active 3"]);
    world.sql("update app.hopsworks_accounts set next_attempt_at = app.now()").await;
    work(&world).await;
    assert_eq!(accounts(&old), ["auth0|ann deactivated 3"]);
    assert_eq!(world.one("select status from public.instances").await, "active");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_account() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    hopsworks.fail_next(1, "POST", USERS, Fault::CutAfterCommit);
    world.sign_up("ann").await;
    assert_eq!(work(&world).await["tried_in_vain"], 1);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 failing provisioning"]);
    world.sql("update app.hopsworks_accounts set next_attempt_at = app.now()").await;
    work(&world).await;
    assert_eq!(accounts(&hopsworks), ["auth0|ann active 3"]);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 ready active"]);
}

#[tokio::test]
async fn a_wish_that_changes_during_the_work_stays_due() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    let mut held = hopsworks.hold("POST", USERS, Moment::BeforeCommit);
    let worker = worker(&world).await;
    let suspended = async {
        held.arrived().await;
        world.sql("select lock_seats(); select set_user_status('auth0|ann', 'suspended')").await;
        held.release();
    };
    let (report, ()) = tokio::join!(worker.handle(serde_json::json!({})), suspended);
    // Made, and ended by the same run.
    assert_eq!(report.unwrap()["done"], 2);
    assert_eq!(accounts(&hopsworks), ["auth0|ann deactivated 3"]);
    world.assert_sound().await;
}

/// How the only cluster fails, by code; the account is as if it had not been tried.
async fn cluster_failure(world: &World) -> String {
    let failure = "select concat_ws(' ', p.error_code, a.attempts, a.lease) \
        from app.hopsworks_accounts a join app.hopsworks_provisioning p using (hopsworks_cluster_id) where p.error_code <> ''";
    world.one(failure).await
}

#[tokio::test]
async fn what_is_wrong_with_a_cluster_is_said_of_it_and_holds_up_no_other() {
    let world = World::new().await;
    let (broken, id) = demo(&world, 1).await;
    world.sign_up("ann").await;
    let healthy = crate::fixtures::start().await;
    world.add_hopsworks_cluster(&healthy, "healthy", 10).await;
    let wrong_key = world.sealed(id, "abcdefghijklmnop.wrong");
    let sealed_elsewhere = world.sealed(Uuid::nil(), &broken.api_key());
    let other_key = world.sealed(id, &broken.api_key());
    let other_ca = Hopsworks::start(0).await.unwrap().ca_pem();
    world.sql("create table kept as select api_url, api_key from public.hopsworks_clusters where name = 'demo'").await;
    let cluster = |change: &str| format!("update public.hopsworks_clusters set {change} where id = '{id}'");
    let settings =
        |change: &str| format!("update app.hopsworks_provisioning set {change} where hopsworks_cluster_id = '{id}'");
    for (number, (statement, code)) in [
        (cluster(&format!("api_key = '{wrong_key}'")), "key_refused 0"),
        (cluster(&format!("api_key = '{sealed_elsewhere}'")), "key_unreadable 0"),
        (cluster(&format!("api_url = 'https://localhost:1', api_key = '{other_key}'")), "cluster_unreachable 0"),
        (settings(&format!("tls_ca_pem = '{other_ca}'")), "certificate_refused 0"),
    ]
    .into_iter()
    .enumerate()
    {
        world.sql(&statement).await;
        let name = format!("user{number}");
        world.sign_up(&name).await;
        let worker = worker(&world).await;
        worker.handle(serde_json::json!({})).await.unwrap();
        assert_eq!(cluster_failure(&world).await, code, "{statement}");
        assert_eq!(accounts(&healthy).len(), number + 1, "{statement}");
        let log = worker.log.text();
        assert!(log.contains(code.split(' ').next().unwrap()), "{log}");
        assert!(!log.contains(&broken.api_key()) && !log.contains("wrong"), "{log}");
        let ca = broken.ca_pem();
        world
            .sql(&format!(
                "update public.hopsworks_clusters c set api_url = k.api_url, api_key = k.api_key from kept k where c.id = '{id}'; \
                 update app.hopsworks_provisioning set tls_ca_pem = '{ca}' where hopsworks_cluster_id = '{id}'"
            ))
            .await;
    }
    // Mended, it is tried at once.
    work(&world).await;
    assert_eq!(accounts(&broken), ["auth0|ann active 3"]);
    world.assert_sound().await;
}
