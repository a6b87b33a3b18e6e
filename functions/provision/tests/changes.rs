//! What changes around an account: the user's address, the identity provider's id, the cluster's address and its numbers.

use ops::admin_db::AdminDb;
use testkit::{World, hopsworks::Moment};

use crate::site::{accounts, demo, wanted, work, worker};

async fn refusal(database: &mut AdminDb, statement: &str) -> String {
    database.run(statement).await.unwrap_err().message
}

#[tokio::test]
async fn who_has_no_verified_address_gets_an_account_when_they_have_one() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    world.sql("update public.users set email_verified = false").await;
    work(&world).await;
    assert_eq!(world.one("select error_code from app.hopsworks_accounts").await, "no_verified_email");
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 stuck provisioning"]);
    world.sql("update public.users set email_verified = true").await;
    work(&world).await;
    assert_eq!(accounts(&hopsworks), ["auth0|ann active 3"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn with_another_client_id_the_old_accounts_are_nobodys() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    work(&world).await;
    world.sql("update app.hopsworks_provisioning set oauth_client_id = 'other'").await;
    work(&world).await;
    assert_eq!(world.one("select error_code from app.hopsworks_accounts").await, "email_taken_on_cluster");
    assert_eq!(hopsworks.users().len(), 1);
}

#[tokio::test]
async fn a_number_that_became_somebody_elses_is_not_taken_for_the_users() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    work(&world).await;
    let number = hopsworks.users()[0].number;
    // The server was restored, and has another user of that number and name.
    hopsworks.change(number, |user| {
        user.subject = Some("auth0|other".to_owned());
        user.email = "ann.other@example.com".to_owned();
    });
    world.sql("select lock_seats(); select set_user_status('auth0|ann', 'suspended')").await;
    work(&world).await;
    assert_eq!(accounts(&hopsworks), ["auth0|other active 3"]);
    world.sql("select lock_seats(); select set_user_status('auth0|ann', 'active')").await;
    work(&world).await;
    assert_eq!(accounts(&hopsworks), ["auth0|ann active 3", "auth0|other active 3"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_instance_is_not_active_beside_an_account_that_was_deactivated_meanwhile() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    work(&world).await;
    world.sql("select lock_seats(); select set_user_status('auth0|ann', 'suspended')").await;
    let mut held = hopsworks.hold("PUT", "/admin/users", Moment::AfterCommit);
    let worker = worker(&world).await;
    let back = async {
        held.arrived().await;
        world.sql("select lock_seats(); select set_user_status('auth0|ann', 'active')").await;
        hopsworks.revoke_key();
        held.release();
    };
    let (report, ()) = tokio::join!(worker.handle(serde_json::json!({})), back);
    assert_eq!(report.unwrap()["done"], 1);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 failing provisioning"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_key_goes_to_no_other_server_than_it_was_given_for() {
    let world = World::new().await;
    let (hopsworks, id) = demo(&world, 10).await;
    let mut database = world.direct().await;
    let to = |change: &str| format!("update public.hopsworks_clusters set {change}");
    assert_eq!(refusal(&mut database, &to("api_url = 'https://evil.example.com'")).await, "api_key_of_another_server");
    database.run(&to(&format!("api_url = '{}/path'", hopsworks.url()))).await.unwrap();
    let key = world.sealed(id, "another");
    database.run(&to(&format!("api_url = 'https://new.example.com', api_key = '{key}'"))).await.unwrap();
    database.run(&to("api_url = 'https://newer.example.com', api_key = null")).await.unwrap();
}

#[tokio::test]
async fn when_all_seats_are_freed_at_once_nobody_works_there() {
    let world = World::new().await;
    let (hopsworks, _) = demo(&world, 10).await;
    world.sign_up("ann").await;
    work(&world).await;
    world.sql("truncate public.user_hopsworks_assignments").await;
    work(&world).await;
    assert_eq!(accounts(&hopsworks), ["auth0|ann deactivated 3"]);
    world.assert_sound().await;
}
