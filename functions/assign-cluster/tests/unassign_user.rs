//! `DELETE /api/clusters/assign/{user_id}`.

use axum::http::Method;
use serde_json::json;
use testkit::{TestRequest, World};

use crate::fixtures::{audit, instance, log_in, seating};

fn unassign(token: &str, path_segment: &str) -> TestRequest {
    TestRequest::new(Method::DELETE, &format!("/api/clusters/assign/{path_segment}")).bearer(token)
}

#[tokio::test]
async fn a_freed_seat_goes_to_the_one_who_waits_longest() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("first", 1).await;
    for name in ["ann", "zoe", "bob"] {
        log_in(&world, name).await;
    }
    let place = function.send(unassign(&admin, "auth0%7Cann")).await.expect(200).json;
    assert_eq!((&place["assignment"], &place["waiting_since"]), (&json!(null), &json!(null)));
    assert_eq!(place["instance"]["status"], "stopped");
    assert_eq!(seating(&world).await, "ann=- bob=waits zoe=first");

    function.send(unassign(&admin, "auth0%7Cann")).await.expect(200);
    assert_eq!(audit(&world).await, ["users.unassign"], "done twice is done once");
    assert_eq!(seating(&world).await, "ann=- bob=waits zoe=first");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_owners_team_gives_up_its_seats_with_the_owner() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("first", 2).await;
    log_in(&world, "ann").await;
    log_in(&world, "bob").await;
    world.join("bob", "ann").await;
    for name in ["yan", "zoe"] {
        log_in(&world, name).await;
    }
    function.send(unassign(&admin, "auth0%7Cann")).await.expect(200);
    assert_eq!(seating(&world).await, "ann=- bob=- yan=first zoe=first");
    world.assert_sound().await;
}

#[tokio::test]
async fn only_an_administrator_may_and_only_for_users_who_are_there() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("first", 2).await;
    log_in(&world, "ann").await;
    let ann = world.token("auth0|ann");
    function.send(unassign(&ann, "auth0%7Cann")).await.expect_problem(403, "admin_only");
    function.send(unassign(&admin, "auth0%7Cnobody")).await.expect_problem(404, "user_unknown");
    for (segment, status) in [("x%40clients", 400), ("%00", 400), ("auth0|ann", 200)] {
        let response = function.send(unassign(&admin, &segment.replace('|', "%7c"))).await;
        assert_eq!(response.status, status, "{segment}");
        assert_eq!(response.field(), if status == 400 { "user_id" } else { "" }, "{segment}");
    }
}

#[tokio::test]
async fn a_user_whose_id_another_one_may_arrive_as_is_written_in_full() {
    let world = World::new().await;
    let function = instance(&world).await;
    let admin = world.add_administrator().await;
    world.add_cluster("first", 2).await;
    log_in(&world, "ann").await;
    world.sql("insert into public.users (id) values ('auth0|%61nn')").await;
    function.send(unassign(&admin, "auth0%7Cann")).await.expect_problem(400, "id_ambiguous");
    assert_eq!(seating(&world).await, "%61nn=- ann=first");
    // `auth0|ann` in base64url.
    function.send(unassign(&admin, "~YXV0aDB8YW5u")).await.expect(200);
    assert_eq!(seating(&world).await, "%61nn=- ann=-");
}
