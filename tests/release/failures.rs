//! Panics, calls that run out of time, and what comes after.

use serde_json::json;
use testkit::{TestRequest, World};

use crate::emulated::Emulated;

#[tokio::test]
async fn a_panic_ends_a_request_and_not_the_process() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    let emulated = Emulated::start(&world, "sync-user").await;
    let me = || TestRequest::get("/api/auth/me").bearer(&admin);
    emulated.send(me()).await.expect(200);
    let before = emulated.functions();
    assert_eq!(before.len(), 1, "{}", emulated.log());
    // A Host that is none makes lambda_http panic before our router sees the request.
    let mut event = me().into_event();
    event["headers"]["host"] = json!("a b");
    let failed = emulated.invoke(&event).await;
    assert!(failed.contains("errorType"), "{failed}");
    emulated.send(me()).await.expect(200);
    assert_eq!(emulated.functions(), before, "the process lives on");
}

#[tokio::test]
async fn a_call_that_runs_out_of_time_is_ended_and_the_next_one_is_answered() {
    let world = World::new().await;
    let emulated = Emulated::start_with_time_out(&world, "sync-user", 2).await;
    let login = json!({ "user_id": "auth0|ann", "logged_in_at": world.clock.now() });
    let login = TestRequest::post("/api/auth/sync-user").json(&login).signed(&world);
    emulated.send(TestRequest::get("/nowhere")).await.expect(404);
    let before = emulated.functions();
    // A new user waits for the seats, for longer than the call may take.
    let mut operator = world.direct().await;
    operator.run("begin; select app.lock_seats()").await.unwrap();
    let ended = emulated.invoke(&login.clone().into_event()).await;
    assert!(ended.contains("timed out"), "{ended}");
    operator.run("rollback").await.unwrap();
    emulated.send(login).await.expect(200);
    assert_ne!(emulated.functions(), before, "another process");
}
