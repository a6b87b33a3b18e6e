//! Suspending, reactivating and deleting, with everything that follows. Reasons of suspensions: `reasons.rs`.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{audit, get, instance, instances, patch, set_status, statuses, user, world};

/// Ann with a team of Bob and Carla, all seated.
async fn team() -> World {
    let world = world(&[]).await;
    world.add_cluster("demo", 3).await;
    for name in ["ann", "bob", "carla"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world.join("carla", "ann").await;
    world
}

#[tokio::test]
async fn suspending_an_owner_suspends_the_team_and_keeps_the_seats() {
    let world = team().await;
    let function = instance(&world).await;
    let ann = set_status(&world, &function, "ann", "suspended").await.expect(200).json;
    assert_eq!((&ann["status"], &ann["suspended_with_owner"]), (&json!("suspended"), &json!(false)));
    assert_eq!(statuses(&world).await, ["ann suspended", "bob suspended with owner", "carla suspended with owner"]);
    assert_eq!(instances(&world).await, ["ann stopped", "bob stopped", "carla stopped"]);
    assert_eq!(world.one("select current_users from public.hopsworks_clusters").await, "3");
    let team = world.one(
        "select jsonb_path_query_array(after, '$.team[*].status') from app.audit_log where action = 'users.update'",
    );
    assert_eq!(team.await, "[\"suspended\", \"suspended\"]");
    world.assert_sound().await;
}

#[tokio::test]
async fn reactivating_an_owner_brings_back_the_members_suspended_with_the_owner() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "carla", "suspended").await.expect(200);
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    set_status(&world, &function, "ann", "active").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann active", "bob active", "carla suspended"]);
    assert_eq!(instances(&world).await, ["ann active", "bob active", "carla stopped"]);
    assert_eq!(audit(&world).await, ["admin carla", "admin ann", "admin ann"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_suspended_with_the_owner_and_then_individually_stays_suspended() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    set_status(&world, &function, "bob", "suspended").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann suspended", "bob suspended", "carla suspended with owner"]);
    set_status(&world, &function, "ann", "active").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann active", "bob suspended", "carla active"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_is_not_reactivated_before_the_owner() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    set_status(&world, &function, "bob", "active").await.expect_problem(409, "account_owner_not_active");
    assert_eq!(audit(&world).await, ["admin ann"]);
    set_status(&world, &function, "ann", "active").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann active", "bob active", "carla active"]);
}

#[tokio::test]
async fn deleting_frees_the_seat_for_who_waits_and_keeps_the_ledger() {
    let world = team().await;
    world.sign_up("dora").await;
    world
        .sql(
            "insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'test'); \
             select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
                 'index', 0, 'source', 's', 'user_id', 'auth0|carla', 'cpu_hours', 2, 'gpu_hours', 0, 'storage_gb', 0, \
                 'window_start', date_trunc('day', app.now(), 'UTC'), \
                 'window_end', date_trunc('day', app.now(), 'UTC') + interval '1 second')))))",
        )
        .await;
    let function = instance(&world).await;
    let carla = set_status(&world, &function, "carla", "deleted").await.expect(200).json;
    assert_eq!((&carla["status"], &carla["assignment"]), (&json!("deleted"), &json!(null)));
    assert_eq!(instances(&world).await, ["ann active", "bob active", "carla deleted", "dora active"]);
    assert_eq!(world.one("select count(*) from app.usage_readings").await, "1");
    assert_eq!(
        world.one("select account_owner_id || ' ' || amount from app.credit_transactions").await,
        "auth0|ann -2.00"
    );
    // The address can be used again, by a new identity.
    world
        .sql("select sync_user('{\"input\": {\"user_id\": \"google|carla\", \"email\": \"Carla@example.com\", \"email_verified\": true, \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}')")
        .await;
    world.assert_sound().await;
}

#[tokio::test]
async fn the_deleted_cannot_be_changed_again() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "bob", "deleted").await.expect(200);
    for changes in [
        json!({ "status": "suspended" }),
        json!({ "status": "deleted" }),
        json!({ "name": "x" }),
        json!({ "is_admin": true }),
    ] {
        function.send(patch(&world, "bob", &changes)).await.expect_problem(409, "user_deleted");
    }
    assert_eq!(audit(&world).await, ["admin bob"]);
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    set_status(&world, &function, "ann", "active").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann active", "bob deleted", "carla active"], "nor by the former owner");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owner_with_members_is_not_deleted_and_a_deleted_one_has_no_open_invite() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "deleted").await.expect_problem(409, "has_members");
    assert!(audit(&world).await.is_empty());
    world.sign_up("dora").await;
    world
        .sql(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('auth0|dora', 'x@x.io', sha256('x'), now() + interval '7 days')",
        )
        .await;
    set_status(&world, &function, "dora", "deleted").await.expect(200);
    assert_eq!(world.one("select count(*) from public.team_invites where withdrawn_at is null").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_suspended_are_shut_out_until_they_are_reactivated() {
    let world = team().await;
    let function = instance(&world).await;
    world.sql("select promote_admin('auth0|ann')").await;
    let by_ann = || TestRequest::get(&user("bob")).bearer(&world.token("auth0|ann"));
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    function.send(by_ann()).await.expect_problem(403, "account_suspended");
    set_status(&world, &function, "ann", "active").await.expect(200);
    function.send(by_ann()).await.expect(200);
    function.send(get(&world, &user("ann"))).await.expect(200);
}

/// Each user's deployments: `carla deleted without key`.
async fn deployments(world: &World) -> Vec<String> {
    world
        .all(
            "select replace(user_id, 'auth0|', '') || ' ' || status || case when hopsworks_api_key is null then ' without' else ' with' end || ' key' \
             from public.clusters order by 1",
        )
        .await
}

async fn deploy(world: &World, name: &str) {
    world
        .sql(&format!(
            "insert into public.clusters (user_id, deployment_type, status, hopsworks_api_key) \
             select 'auth0|{name}', 'aws', status, 'enc:k1:b4k60zFdm4wBhja11GaFezLePAwIGDzSmfdZt2LCjZ3vqUXo' \
             from unnest(array['active', 'failed']) status"
        ))
        .await;
}

#[tokio::test]
async fn deleting_a_user_ends_their_deployments_and_keys_and_nobody_elses() {
    let world = team().await;
    deploy(&world, "bob").await;
    deploy(&world, "carla").await;
    let function = instance(&world).await;
    set_status(&world, &function, "bob", "suspended").await.expect(200);
    let kept = ["bob active with key", "bob failed with key", "carla active with key", "carla failed with key"];
    assert_eq!(deployments(&world).await, kept);
    set_status(&world, &function, "bob", "deleted").await.expect(200);
    assert_eq!(deployments(&world).await, ["bob deleted without key", "bob deleted without key", kept[2], kept[3]]);
    // By hand, or by an older release.
    world
        .sql(
            "delete from public.user_hopsworks_assignments where user_id = 'auth0|carla'; \
              update public.instances set status = 'deleted', deleted_at = app.now() where user_id = 'auth0|carla'; \
              update public.users set status = 'deleted', deleted_at = app.now() where id = 'auth0|carla'",
        )
        .await;
    assert_eq!(deployments(&world).await.iter().filter(|line| line.ends_with("deleted without key")).count(), 4);
    world.assert_sound().await;
    world.sql("update public.clusters set status = 'active', deleted_at = null where user_id = 'auth0|bob'").await;
    let violations =
        "select id || ' ' || detail from app.invariant_violations where kind = 'deleted_users_have_no_deployment'";
    assert_eq!(world.all(violations).await, ["auth0|bob 2 of them are left, or have a key"]);
}

#[tokio::test]
async fn a_member_whom_the_owners_suspension_took_can_be_reactivated_once_out_of_the_team() {
    let world = team().await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    let refused = set_status(&world, &function, "bob", "active").await.expect_problem(409, "account_owner_not_active");
    assert!(refused.text.contains("remove this user from the team"), "{}", refused.text);
    let leave = |name: &str, by: &str| {
        format!(
            "select remove_member(jsonb_build_object('caller', jsonb_build_object('sub', 'auth0|{by}', 'must_be', 'user', \
             'request_id', 'r{name}'), 'input', jsonb_build_object('user_id', jsonb_build_object('id', 'auth0|{name}'))))"
        )
    };
    world.sql(&leave("bob", "bob")).await;
    world.sql(&leave("carla", "admin")).await;
    assert_eq!(statuses(&world).await, ["ann suspended", "bob suspended", "carla suspended"]);
    set_status(&world, &function, "bob", "active").await.expect(200);
    set_status(&world, &function, "ann", "active").await.expect(200);
    assert_eq!(statuses(&world).await, ["ann active", "bob active", "carla suspended"], "Carla is no member any more");
    set_status(&world, &function, "carla", "active").await.expect(200);
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    world.assert_sound().await;
}
