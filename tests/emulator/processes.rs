//! The process of a function: how much it holds when warm, and what a panic and a call out of time do to it.

use serde_json::json;
use testkit::{TestRequest, World, process::peak_resident_kib};

use crate::{ANSWERING, emulated::Emulated};

const MOST_KIB: u64 = 30 * 1024;
const REQUESTS: usize = 500;

#[tokio::test]
async fn no_function_holds_more_than_thirty_mebibytes_in_a_warm_loop() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    world.sql("insert into public.users (id) select 'auth0|' || n from generate_series(1, 200) n").await;
    for (function, path) in ANSWERING {
        let emulated = Emulated::start(&world, function).await;
        let event = TestRequest::get(path).bearer(&admin).into_event();
        for _ in 0..REQUESTS {
            emulated.send_event(&event).await.expect(200);
        }
        let peak = peak_resident_kib(emulated.functions()[0]).unwrap();
        assert!(peak < MOST_KIB, "{function} held {peak} KiB");
    }
}

#[tokio::test]
async fn an_event_that_is_no_request_is_an_error_and_the_process_lives_on() {
    let world = World::new().await;
    let admin = world.add_administrator().await;
    let emulated = Emulated::start(&world, "sync-user").await;
    let me = || TestRequest::get("/api/auth/me").bearer(&admin);
    emulated.send(me()).await.expect(200);
    let before = emulated.functions();
    assert_eq!(before.len(), 1, "{}", emulated.log());
    let failed = emulated.invoke(&json!({ "Records": [] })).await;
    assert!(failed.contains("errorType"), "{failed}");
    // A request that no client sends is answered.
    let mut event = me().into_event();
    event["headers"]["host"] = json!("a b");
    emulated.send_event(&event).await.expect_problem(400, "invalid_request");
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
    // The login waits for a row, for longer than the call may take.
    let mut operator = world.direct().await;
    operator.run("begin; lock table public.users").await.unwrap();
    let ended = emulated.invoke(&login.clone().into_event()).await;
    assert!(ended.contains("timed out"), "{ended}");
    operator.run("rollback").await.unwrap();
    emulated.send(login).await.expect(200);
    assert_ne!(emulated.functions(), before, "another process");
}
