//! `DELETE /api/team/members/{user_id}`: an owner removes a member, or a member leaves.

use axum::http::Method;
use testkit::{TestRequest, World};

use crate::fixtures::{
    MEMBERS, by, column, instance, invite, joined, list_members, memberships, remove, sign_up, suspend,
};

#[tokio::test]
async fn a_member_who_leaves_is_an_account_owner_again() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;

    let response = function.send(remove(&world, "bob", "bob")).await.expect(204);

    assert_eq!(response.text, "");
    assert!(memberships(&world).await.is_empty());
    assert_eq!(world.one("select describe_user('auth0|bob') #>> '{credits,balance}'").await, "0.00");
    assert!(column(&function.send(list_members(&world, "ann")).await.expect(200), "id").is_empty());
    function.send(invite(&world, "bob", "dora@example.com")).await.expect(201);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_removed_by_the_owner_is_an_account_owner_again_and_the_others_stay() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(memberships(&world).await, ["carla of ann"]);
    function.send(invite(&world, "bob", "dora@example.com")).await.expect(201);
    world.assert_sound().await;
}

#[tokio::test]
async fn a_member_who_never_was_an_owner_gets_a_credits_row_and_one_who_was_keeps_theirs() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    world.sql("delete from public.user_credits where user_id = 'auth0|bob'").await;
    let credits = |name: &str| format!("select id from public.user_credits where user_id = 'auth0|{name}'");
    let before = world.one(&credits("carla")).await;
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    function.send(remove(&world, "carla", "carla")).await.expect(204);
    world.one(&credits("bob")).await;
    assert_eq!(world.one(&credits("carla")).await, before);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owner_whose_members_have_left_may_join_another_team() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    joined(&world, &function, "carla", "ann").await;
    assert_eq!(memberships(&world).await, ["ann of carla"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn nobody_else_removes_a_member_and_an_owner_cannot_leave() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla", "dora"]).await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    for (what, caller, member) in [
        ("another owner", "dora", "bob"),
        ("another member", "carla", "bob"),
        ("an owner, themselves", "ann", "ann"),
        ("an owner without a team", "dora", "dora"),
        ("an owner another owner", "ann", "dora"),
        ("a member, the owner", "bob", "ann"),
        ("somebody who is not there", "ann", "nobody"),
    ] {
        let response = function.send(remove(&world, caller, member)).await;
        assert_eq!((response.status, response.json["code"].as_str()), (404, Some("member_unknown")), "{what}");
    }
    function.send(remove(&world, "nobody", "bob")).await.expect_problem(403, "account_unknown");
    let unsigned = TestRequest::new(Method::DELETE, &format!("{MEMBERS}/auth0%7Cbob"));
    function.send(unsigned).await.expect_problem(401, "unauthorized");
    assert_eq!(memberships(&world).await, ["bob of ann", "carla of ann"]);
}

#[tokio::test]
async fn who_has_left_is_unknown_the_second_time() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    function.send(remove(&world, "ann", "bob")).await.expect_problem(404, "member_unknown");
    function.send(remove(&world, "bob", "bob")).await.expect_problem(404, "member_unknown");
}

#[tokio::test]
async fn who_was_suspended_for_themselves_neither_leaves_nor_removes_and_the_deleted_are_unknown() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    world.sql("select set_user_status('auth0|carla', 'deleted')").await;
    for caller in ["ann", "bob"] {
        function.send(remove(&world, caller, "carla")).await.expect_problem(404, "member_unknown");
    }
    suspend(&world, "bob").await;
    function.send(remove(&world, "bob", "bob")).await.expect_problem(403, "account_suspended");
    suspend(&world, "ann").await;
    function.send(remove(&world, "ann", "bob")).await.expect_problem(403, "account_suspended");
    function.send(remove(&world, "bob", "bob")).await.expect_problem(403, "account_suspended");
    assert_eq!(memberships(&world).await, ["bob of ann"]);
}

#[tokio::test]
async fn a_member_who_was_suspended_with_the_owner_leaves_and_does_nothing_else() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    joined(&world, &function, "ann", "bob").await;
    joined(&world, &function, "ann", "carla").await;
    suspend(&world, "ann").await;
    function.send(remove(&world, "bob", "carla")).await.expect_problem(403, "account_suspended");
    let refused =
        function.send(invite(&world, "bob", "dora@example.com")).await.expect_problem(403, "account_suspended");
    assert!(refused.text.contains("leave the team"), "{}", refused.text);
    function.send(remove(&world, "bob", "bob")).await.expect(204);
    function.send(remove(&world, "bob", "bob")).await.expect_problem(403, "account_suspended");
    assert_eq!(memberships(&world).await, ["carla of ann"]);
    assert_eq!(
        world.one("select status || ' ' || suspended_with_owner from public.users where id = 'auth0|bob'").await,
        "suspended false"
    );
    assert_eq!(world.one("select count(*) from app.audit_log").await, "0");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_administrator_removes_a_member_of_anybodys_team_and_it_is_audited_once() {
    let world = World::new().await;
    world.add_cluster("demo", 10).await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob", "carla"]).await;
    let admin = world.add_administrator().await;
    joined(&world, &function, "ann", "bob").await;
    let by_admin = |name: &str| TestRequest::new(Method::DELETE, &format!("{MEMBERS}/auth0%7C{name}")).bearer(&admin);
    for name in ["ann", "carla", "nobody"] {
        function.send(by_admin(name)).await.expect_problem(404, "member_unknown");
    }
    suspend(&world, "ann").await;
    function.send(by_admin("bob")).await.expect(204);
    function.send(by_admin("bob")).await.expect_problem(404, "member_unknown");
    assert!(memberships(&world).await.is_empty());
    let audit = "select concat_ws(' ', actor, action, target, before ->> 'account_owner_id', before ->> 'suspended_with_owner', \
                 after -> 'account_owner_id', after ->> 'status') from app.audit_log where action like '%team'";
    assert_eq!(world.all(audit).await, ["auth0|admin users.remove_from_team auth0|bob auth0|ann true null suspended"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_administrator_with_a_team_of_their_own_is_its_owner_and_leaves_no_audit() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    world.sql("select promote_admin('auth0|ann')").await;
    joined(&world, &function, "ann", "bob").await;
    function.send(remove(&world, "ann", "bob")).await.expect(204);
    assert_eq!(world.all("select action from app.audit_log").await, ["users.promote"]);
}

#[tokio::test]
async fn an_id_that_is_none_is_a_400_that_names_it() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann"]).await;
    for id in ["machine@clients", "auth0%7Ca%0Ab", "%00", "auth0%7Ca%23b", "~YQ==", &"x".repeat(256)] {
        let request = by(&world, "ann", TestRequest::new(Method::DELETE, &format!("{MEMBERS}/{id}")));
        let response = function.send(request).await.expect_problem(400, "invalid_path");
        assert!(!response.field().is_empty(), "{id}");
    }
}

#[tokio::test]
async fn a_member_whose_id_another_one_may_arrive_as_is_written_in_full() {
    let world = World::new().await;
    let function = instance(&world).await;
    sign_up(&world, &["ann", "bob"]).await;
    joined(&world, &function, "ann", "bob").await;
    world.sql("insert into public.users (id) values ('auth0|b%6Fb')").await;
    function.send(remove(&world, "ann", "bob")).await.expect_problem(400, "id_ambiguous");
    // The odd one is not in the team, however it is written.
    for segment in ["auth0%7Cb%256Fb", "~YXV0aDB8YiU2RmI"] {
        let request = by(&world, "ann", TestRequest::new(Method::DELETE, &format!("{MEMBERS}/{segment}")));
        let status = function.send(request).await.status;
        assert!(matches!(status, 400 | 404), "{segment}: {status}");
    }
    assert_eq!(memberships(&world).await, ["bob of ann"]);
    let in_full = TestRequest::new(Method::DELETE, &format!("{MEMBERS}/~YXV0aDB8Ym9i"));
    function.send(by(&world, "ann", in_full)).await.expect(204);
}
