//! `GET /api/team/invites`: what an owner has sent, newest first, page by page.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{
    INVITES, accept, address, by, column, every_page, instance, invited, invited_address, joined, later, list_invites,
    sign_up, text, withdraw,
};

#[tokio::test]
async fn an_owner_sees_what_became_of_their_invites_and_nobody_elses() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    function.send(list_invites(&world, "ann")).await.expect(200);
    invited(&world, &function, "carla", "eve").await;
    invited(&world, &function, "ann", "expired").await;
    later(&world, "8 days").await;
    joined(&world, &function, "ann", "bob").await;
    let withdrawn = invited_address(&world, &function, "ann", &address("withdrawn")).await;
    function.send(withdraw(&world, "ann", &text(&withdrawn["id"]))).await.expect(204);
    let open = invited_address(&world, &function, "ann", &address("open")).await;

    let listed = function.send(list_invites(&world, "ann")).await.expect(200);

    assert_eq!(column(&listed, "email"), ["open", "withdrawn", "bob", "expired"].map(address));
    assert_eq!(column(&listed, "status"), ["open", "withdrawn", "accepted", "expired"]);
    assert_eq!(listed.json["next_cursor"], json!(null));
    let mut first = open.clone();
    first.as_object_mut().unwrap().remove("token");
    assert_eq!(listed.json["items"][0], first, "what the creating answer said, without the token");
    let accepted = &listed.json["items"][2];
    assert_eq!(accepted["accepted_by_user_id"], "auth0|bob");
    assert!(accepted["accepted_at"].is_string());
}

#[tokio::test]
async fn pages_skip_nothing_and_repeat_nothing_even_when_all_were_sent_at_once() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world
        .sql(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             select 'auth0|ann', n || '@example.com', sha256(n::text::bytea), now() + interval '1 day' \
             from generate_series(1, 7) n",
        )
        .await;
    let all = every_page(&world, &function, INVITES, 200, "id").await;
    for (limit, sizes) in [(1, &[1; 7][..]), (3, &[3, 3, 1]), (6, &[6, 1]), (7, &[7])] {
        let pages = every_page(&world, &function, INVITES, limit, "id").await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "limit {limit}");
        assert_eq!(pages.concat(), all.concat(), "limit {limit}");
    }
}

#[tokio::test]
async fn an_invite_sent_meanwhile_moves_no_page() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for name in ["one", "two", "three"] {
        invited(&world, &function, "ann", name).await;
    }
    let page = function.send(by(&world, "ann", TestRequest::get(&format!("{INVITES}?limit=2")))).await.expect(200);
    assert_eq!(column(&page, "email"), ["three", "two"].map(address));
    invited(&world, &function, "ann", "four").await;
    let path = format!("{INVITES}?cursor={}", text(&page.json["next_cursor"]));
    let rest = function.send(by(&world, "ann", TestRequest::get(&path))).await.expect(200);
    assert_eq!(column(&rest, "email"), ["one"].map(address));
}

#[tokio::test]
async fn fifty_are_on_a_page_unless_the_caller_says_otherwise() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    world
        .sql(
            "insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             select 'auth0|ann', n || '@example.com', sha256(n::text::bytea), now() + interval '1 day' \
             from generate_series(1, 51) n",
        )
        .await;
    let page = function.send(list_invites(&world, "ann")).await.expect(200);
    assert_eq!(column(&page, "id").len(), 50);
    assert!(page.json["next_cursor"].is_string());
}

#[tokio::test]
async fn a_query_that_is_wrong_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=here", "cursor"),
        ("cursor=e30", "cursor"),
        ("cursor=%00", "cursor"),
        ("status=open", "status"),
    ] {
        let response = function.send(by(&world, "ann", TestRequest::get(&format!("{INVITES}?{query}")))).await;
        assert_eq!(response.status, 400, "{query}: {}", response.text);
        assert_eq!(response.field(), field, "{query}: {}", response.text);
    }
}

#[tokio::test]
async fn a_member_and_a_stranger_see_no_invites() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    let token = invited(&world, &function, "ann", "bob").await;
    function.send(accept(&world, "bob", &token)).await.expect(200);
    function.send(list_invites(&world, "bob")).await.expect_problem(403, "account_owner_only");
    function.send(list_invites(&world, "nobody")).await.expect_problem(403, "account_unknown");
    function.send(TestRequest::get(INVITES)).await.expect_problem(401, "unauthorized");
}
