//! `DELETE /api/auth/me`: signed-in users close their account.

use axum::http::Method;
use serde_json::json;
use testkit::{Function, TestRequest, TestResponse, World};

use crate::logins::{event, instance, signed};

const PATH: &str = "/api/auth/me";

fn close(world: &World, name: &str) -> TestRequest {
    TestRequest::new(Method::DELETE, PATH).bearer(&world.token(&format!("auth0|{name}")))
}

async fn refused(world: &World, function: &Function, name: &str, code: &str) -> TestResponse {
    let refused = function.send(close(world, name)).await.expect_problem(409, code);
    let left = format!("select status || ' ' || (deleted_at is null) from public.users where id = 'auth0|{name}'");
    assert_eq!(world.one(&left).await, "active true");
    assert_eq!(world.one("select count(*) from app.audit_log where action = 'users.close'").await, "0");
    refused
}

/// Ann has the only seat, a deployment and an invite; Bob waits.
async fn world() -> World {
    let world = World::new().await;
    world.add_cluster("demo", 1).await;
    world.add_administrator().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world
        .sql(
            "insert into public.clusters (user_id, deployment_type, status, hopsworks_api_key) \
             values ('auth0|ann', 'aws', 'active', 'enc:k1:b4k60zFdm4wBhja11GaFezLePAwIGDzSmfdZt2LCjZ3vqUXo'); \
             insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('auth0|ann', 'x@x.io', sha256('x'), app.now() + interval '7 days')",
        )
        .await;
    world
}

#[tokio::test]
async fn an_account_is_closed_with_all_that_belongs_to_it_and_the_seat_is_the_next_ones() {
    let world = world().await;
    let function = instance(&world).await;
    let seats = "select user_id from public.user_hopsworks_assignments order by user_id";
    assert_eq!(world.all(seats).await, ["auth0|ann"]);
    function.send(close(&world, "ann")).await.expect(204);
    assert_eq!(world.one("select status from public.users where id = 'auth0|ann'").await, "deleted");
    assert_eq!(world.all(seats).await, ["auth0|bob"]);
    let left = "select count(*) from public.clusters where status <> 'deleted' or hopsworks_api_key is not null";
    assert_eq!(world.one(left).await, "0");
    assert_eq!(world.one("select count(*) from public.team_invites where withdrawn_at is null").await, "0");
    let audited = "select actor || ' ' || target || ' ' || (before ->> 'status') || ' ' || (after ->> 'status') \
        from app.audit_log where action = 'users.close'";
    assert_eq!(world.all(audited).await, ["auth0|ann auth0|ann active deleted"]);
    function
        .send(signed(&world, &event(&world, "auth0|ann", "ann@example.com")))
        .await
        .expect_problem(403, "account_deleted");
    function
        .send(TestRequest::get(PATH).bearer(&world.token("auth0|ann")))
        .await
        .expect_problem(403, "account_deleted");
    world.assert_sound().await;
}

#[tokio::test]
async fn closing_again_changes_nothing_whoever_closed_it() {
    let world = world().await;
    let function = instance(&world).await;
    for _ in 0..2 {
        function.send(close(&world, "ann")).await.expect(204);
    }
    assert_eq!(world.one("select count(*) from app.audit_log where action = 'users.close'").await, "1");
    let deleted_at = "select deleted_at from public.users where id = 'auth0|bob'";
    world.sql("select set_user_status('auth0|bob', 'deleted')").await;
    let before = world.one(deleted_at).await;
    function.send(close(&world, "bob")).await.expect(204);
    assert_eq!(world.one(deleted_at).await, before);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_who_closes_leaves_the_team_which_pays_for_the_day() {
    let world = world().await;
    let function = instance(&world).await;
    world.join("bob", "ann").await;
    refused(&world, &function, "ann", "has_members").await;
    function.send(close(&world, "bob")).await.expect(204);
    let payer = "select account_owner_id from app.account_memberships where user_id = 'auth0|bob' \
        and effective_on <= (app.now() at time zone 'UTC')::date order by effective_on desc limit 1";
    assert_eq!(world.one(payer).await, "auth0|ann");
    function.send(close(&world, "ann")).await.expect(204);
    world.assert_sound().await;
}

#[tokio::test]
async fn who_owes_is_told_how_much_and_closes_once_it_is_paid() {
    let world = world().await;
    let function = instance(&world).await;
    let adjust = |amount: &str, key: &str| {
        format!(
            "select post_entries(array[row('auth0|ann', 'adjustment', {amount}, null, null, null, null, null, 'x', null, \
             '{key}', sha256('x'), 'a', null)::credit_change])"
        )
    };
    world.sql(&adjust("-12.34", "a")).await;
    let refused = refused(&world, &function, "ann", "has_debts").await;
    assert!(refused.text.contains("owes 12.34 US dollars"), "{}", refused.text);
    world.sql(&adjust("12.34", "b")).await;
    function.send(close(&world, "ann")).await.expect(204);
    world.assert_sound().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = world().await;
    let function = instance(&world).await;
    refused(&world, &function, "admin", "last_admin").await;
    world.sql("select promote_admin('auth0|ann')").await;
    function.send(close(&world, "admin")).await.expect(204);
    function.send(close(&world, "ann")).await.expect_problem(409, "last_admin");
    world.assert_sound().await;
}

#[tokio::test]
async fn the_suspended_strangers_and_machines_close_nothing() {
    let world = world().await;
    let function = instance(&world).await;
    world.sql("select set_user_status('auth0|ann', 'suspended')").await;
    function.send(close(&world, "ann")).await.expect_problem(403, "account_suspended");
    function.send(close(&world, "eve")).await.expect_problem(403, "account_unknown");
    function.send(TestRequest::new(Method::DELETE, PATH)).await.expect(401);
    let machine = TestRequest::new(Method::DELETE, PATH).bearer(&world.machine_token(&[]));
    function.send(machine).await.expect_problem(403, "person_only");
    assert_eq!(world.one("select count(*) from public.users where status = 'deleted'").await, "0");
    let me = function.send(TestRequest::get(PATH).bearer(&world.token("auth0|bob"))).await.expect(200);
    assert_eq!(me.json["status"], json!("active"));
}
