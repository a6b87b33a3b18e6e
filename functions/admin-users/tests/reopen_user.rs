//! `PATCH /api/admin/users/{id}` on a deleted user: an administrator may bring them back.

use serde_json::{Value, json};
use testkit::{TestRequest, World};

use crate::fixtures::{audit, instance, instances, patch, set_status, statuses, world};

async fn here(names: &[&str]) -> World {
    let world = world(&[]).await;
    world.add_cluster("demo", 1).await;
    for name in names {
        world.sign_up(name).await;
    }
    world
}

/// A login of `auth0|ann`, as the Action reports it.
async fn login(world: &World) -> Result<Value, String> {
    let event = "{\"input\": {\"user_id\": \"auth0|ann\", \"email\": \"ann@example.com\", \"email_verified\": true, \
        \"name\": \"Ann Again\", \"logged_in_at\": \"2026-01-01T00:00:00Z\", \"webhook_id\": \"again\"}}";
    let told =
        world.direct().await.texts(&format!("set search_path = {}; select sync_user('{event}')", world.release)).await;
    told.map(|texts| serde_json::from_str(texts[0].as_ref().unwrap()).unwrap()).map_err(|refusal| refusal.message)
}

#[tokio::test]
async fn a_reopened_user_is_as_before_but_waits_for_a_seat_and_has_no_deployment_and_no_rights() {
    let world = here(&["ann", "bob"]).await;
    world
        .sql(
            "insert into public.clusters (user_id, deployment_type) values ('auth0|ann', 'aws'); \
             select promote_admin('auth0|ann')",
        )
        .await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    assert_eq!(login(&world).await.unwrap_err(), "account_deleted");
    let ann = set_status(&world, &function, "ann", "active").await.expect(200).json;
    assert_eq!((&ann["status"], &ann["deleted_at"], &ann["is_admin"]), (&json!("active"), &json!(null), &json!(false)));
    assert_eq!((&ann["name"], &ann["email"]), (&json!("ann"), &json!("ann@example.com")));
    assert_eq!((&ann["assignment"], &ann["place_in_queue"]), (&json!(null), &json!(1)), "Bob has the seat by now");
    assert_eq!(instances(&world).await, ["ann provisioning", "bob active"]);
    assert_eq!(world.one("select count(*) from public.clusters where status <> 'deleted'").await, "0");
    set_status(&world, &function, "bob", "deleted").await.expect(200);
    assert_eq!(instances(&world).await, ["ann active", "bob deleted"]);
    assert_eq!(login(&world).await.unwrap()["profile"], json!("stored"));
    assert_eq!(audit(&world).await, ["admin ann", "admin ann", "admin bob"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn after_the_erasure_the_next_login_brings_a_fresh_profile_and_the_balance_is_what_it_was() {
    let world = here(&["ann"]).await;
    world
        .sql(
            "select post_entries(array[row('auth0|ann', 'purchase', 10, null, null, null, null, null, null, null, 'k', \
             sha256('x'), 'a', null)::credit_change])",
        )
        .await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    let erase = || TestRequest::post("/api/admin/users/auth0%7Cann/erase").bearer(&world.token("auth0|admin"));
    function.send(erase()).await.expect(200);
    let ann = set_status(&world, &function, "ann", "active").await.expect(200).json;
    let nothing = json!(null);
    assert_eq!((&ann["name"], &ann["email"], &ann["erased_at"]), (&nothing, &nothing, &nothing));
    assert_eq!(ann["credits"]["balance"], json!("10.00"));
    let ann = login(&world).await.unwrap();
    assert_eq!((&ann["name"], &ann["email"]), (&json!("Ann Again"), &json!("ann@example.com")));
    assert_eq!((&ann["login_count"], &ann["assignment"]["cluster_name"]), (&json!(1), &json!("demo")));
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    function.send(erase()).await.expect(200);
    let named = patch(&world, "ann", &json!({ "status": "active", "name": "Ann Lee" }));
    assert_eq!(function.send(named).await.expect(200).json["name"], json!("Ann Lee"));
    world.assert_sound().await;
}

#[tokio::test]
async fn an_address_that_another_user_has_by_now_stays_theirs() {
    let world = here(&["ann"]).await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    world
        .sql("select sync_user('{\"input\": {\"user_id\": \"google|ann\", \"email\": \"Ann@example.com\", \"email_verified\": true, \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}')")
        .await;
    let ann = set_status(&world, &function, "ann", "active").await.expect(200).json;
    assert_eq!((&ann["email"], &ann["email_verified"], &ann["name"]), (&json!(null), &json!(false), &json!("ann")));
    assert_eq!(world.one("select email from public.users where id = 'google|ann'").await, "Ann@example.com");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_former_member_comes_back_as_an_owner() {
    let world = here(&["ann", "bob"]).await;
    world.join("bob", "ann").await;
    let function = instance(&world).await;
    set_status(&world, &function, "bob", "deleted").await.expect(200);
    let bob = set_status(&world, &function, "bob", "active").await.expect(200).json;
    assert_eq!(bob["account_owner_id"], json!(null));
    assert_eq!(statuses(&world).await, ["ann active", "bob active"]);
    set_status(&world, &function, "ann", "deleted").await.expect(200);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_second_time_adds_a_second_span_and_nothing_but_active_leads_back() {
    let world = here(&["ann"]).await;
    let function = instance(&world).await;
    for _ in 0..2 {
        set_status(&world, &function, "ann", "deleted").await.expect(200);
        for changes in [json!({ "status": "suspended" }), json!({ "name": "x" }), json!({ "status": "deleted" })] {
            function.send(patch(&world, "ann", &changes)).await.expect_problem(409, "user_deleted");
        }
        set_status(&world, &function, "ann", "active").await.expect(200);
    }
    let spans = "select count(*) from public.users u, unnest(u.closed_spans) where u.id = 'auth0|ann'";
    assert_eq!(world.one(spans).await, "2");
    world.assert_sound().await;
}
