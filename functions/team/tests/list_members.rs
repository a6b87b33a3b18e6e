//! `GET /api/team/members`: an owner's team, page by page.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    MEMBERS, by, column, every_page, instance, joined, list_members, remove, sign_up, suspend, text,
};

#[tokio::test]
async fn an_owner_sees_their_members_with_seat_and_state_and_nobody_else() {
    let world = World::new().await;
    world.add_cluster("demo", 3).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla", "dora", "eve"]).await;
    joined(&world, &function, "dora", "eve").await;
    let alone = function.send(list_members(&world, "ann")).await.expect(200);
    assert_eq!(alone.json, json!({ "items": [], "next_cursor": null }));
    world.database_time_is("timestamptz '2030-07-01 12:00:00Z'").await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    suspend(&world, "carla").await;
    world.sql("delete from public.user_hopsworks_assignments where user_id = 'auth0|bob'").await;
    world.sql("select enqueue_for_seat('auth0|bob')").await;

    let listed = function.send(list_members(&world, "ann")).await.expect(200);

    assert_eq!(column(&listed, "id"), ["auth0|carla", "auth0|bob"]);
    let (carla, bob) = (&listed.json["items"][0], &listed.json["items"][1]);
    assert_eq!((&carla["status"], &carla["cluster_name"]), (&json!("suspended"), &json!("demo")));
    assert_eq!(carla["waiting_since"], json!(null));
    assert_eq!((&bob["status"], &bob["cluster_name"]), (&json!("active"), &json!(null)));
    assert_eq!(bob["waiting_since"], "2030-07-01T12:00:00Z");
    assert_eq!((&bob["name"], &bob["email"]), (&json!("bob"), &json!("bob@example.com")));
    assert_eq!(bob["joined_at"], "2030-07-01T12:00:00Z");
    assert_eq!(bob["last_login_at"], "2026-01-01T00:00:00Z");
    assert!(text(&bob["created_at"]) < text(&carla["created_at"]));
}

#[tokio::test]
async fn who_has_left_or_was_deleted_is_no_longer_in_the_list() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla", "dora"]).await;
    for name in ["bob", "carla", "dora"] {
        joined(&world, &function, "ann", name).await;
    }
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    world.sql("select set_user_status('auth0|carla', 'deleted')").await;
    let listed = function.send(list_members(&world, "ann")).await.expect(200);
    assert_eq!(column(&listed, "id"), ["auth0|dora"]);
}

#[tokio::test]
async fn a_member_who_returns_on_the_same_day_has_joined_at_the_return() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    world.database_time_is("timestamptz '2030-07-01 12:00:00Z'").await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    world.database_time_is("timestamptz '2030-07-01 13:00:00Z'").await;
    joined(&world, &function, "ann", "bob").await;
    let listed = function.send(list_members(&world, "ann")).await.expect(200);
    assert_eq!(column(&listed, "joined_at"), ["2030-07-01T13:00:00Z"]);
}

#[tokio::test]
async fn pages_skip_nobody_and_repeat_nobody_even_when_all_came_at_once() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world
        .sql(
            "insert into public.users (id, account_owner_id, created_at) \
             select 'auth0|' || chr(64 + n), 'auth0|ann', now() from generate_series(1, 7) n",
        )
        .await;
    for (limit, sizes) in [(1, &[1; 7][..]), (3, &[3, 3, 1]), (7, &[7]), (200, &[7])] {
        let pages = every_page(&world, &function, MEMBERS, limit, "id").await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "limit {limit}");
        let all = ["G", "F", "E", "D", "C", "B", "A"].map(|name| format!("auth0|{name}"));
        assert_eq!(pages.concat(), all, "limit {limit}");
    }
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for (query, field) in
        [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("page=2", "page")]
    {
        let response = function.send(by(&world, "ann", TestRequest::get(&format!("{MEMBERS}?{query}")))).await;
        assert_eq!(response.status, 400, "{query}: {}", response.text);
        assert_eq!(response.field(), field, "{query}: {}", response.text);
    }
}

#[tokio::test]
async fn a_member_and_a_stranger_see_no_members() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(list_members(&world, "bob")).await.expect_problem(403, "account_owner_only");
    function.send(list_members(&world, "nobody")).await.expect_problem(403, "account_unknown");
    function.send(TestRequest::get(MEMBERS)).await.expect_problem(401, "unauthorized");
}
