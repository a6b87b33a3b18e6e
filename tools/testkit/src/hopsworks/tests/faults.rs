//! What goes wrong when a test wants it to.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    super::{Fault, Moment},
    Caller, refused, started,
};

const CREATE: &str = "POST /users?accountType=REMOTE_ACCOUNT_TYPE&type=OAUTH2&clientId=web&subject=a\
                      &email=ann@example.com&givenName=Ann&surname=Lee";
const USERS: &str = "/admin/users";

#[tokio::test]
async fn an_answer_is_cut_off_before_or_after_the_work() {
    let (server, caller) = started().await;
    server.fail_next(1, "POST", USERS, Fault::CutBefore);
    caller.send(CREATE, "").await.unwrap_err();
    assert_eq!(server.users(), []);
    server.fail_next(1, "POST", USERS, Fault::CutAfterCommit);
    caller.send(CREATE, "").await.unwrap_err();
    assert_eq!(server.users().len(), 1);
    caller.expect(&[(CREATE, "", 409, refused(160_003)), ("GET /user/web.a", "", 200, json!({}))]).await;
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn statuses_come_without_the_work_as_often_as_was_said() {
    let (server, caller) = started().await;
    server.fail_next(2, "POST", USERS, Fault::Status(503));
    assert_eq!(caller.send("GET /users", "").await.unwrap().status(), 200);
    for status in [503, 503, 201] {
        assert_eq!(caller.send(CREATE, "").await.unwrap().status(), status);
    }
    server.set_fault(Some(Fault::TooManyRequests { retry_after_s: Some(7) }));
    server.fail_next(1, "GET", USERS, Fault::Html);
    let page = caller.send("GET /users", "").await.unwrap();
    assert_eq!((page.status().as_u16(), &page.headers()["content-type"]), (200, &"text/html".parse().unwrap()));
    let limited = caller.send("GET /users", "").await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    server.set_fault(None);
    assert_eq!(caller.send("GET /users", "").await.unwrap().status(), 200);
}

#[tokio::test]
async fn lists_are_empty_while_single_users_are_there() {
    let (server, caller) = started().await;
    let number = server.add_user(Some(("web", "a")), "ann@example.com");
    server.set_fault(Some(Fault::EmptyList));
    assert_eq!(caller.ask("GET /users", "").await, (200, json!({ "count": 0 })));
    caller.expect(&[(&format!("GET /users/{number}"), "", 200, json!({ "id": number }))]).await;
}

#[tokio::test]
async fn a_server_that_hangs_does_nothing_and_one_that_is_slow_does_all_unwaited_for() {
    let (server, caller) = started().await;
    server.fail_next(1, "POST", USERS, Fault::Hang);
    let has_come = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = has_come => {}
        answer = caller.send(CREATE, "") => panic!("{answer:?}"),
    }
    assert_eq!(server.users(), []);
    // The client goes away while the server waits.
    let mut held = server.hold("POST", USERS, Moment::BeforeCommit);
    tokio::select! {
        () = held.arrived() => {}
        answer = caller.send(CREATE, "") => panic!("{answer:?}"),
    }
    // By the end of another client's request, the server knows that this one has gone.
    Caller::of(&server).expect(&[("GET /users", "", 200, json!({ "count": 1 }))]).await;
    held.release();
    let is_done = async {
        while server.users().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(5), is_done).await.expect("the server goes on");
    server.fail_next(1, "GET", USERS, Fault::Slow(Duration::from_millis(1)));
    caller.expect(&[("GET /users", "", 200, json!({ "count": 2 }))]).await;
}

#[tokio::test]
async fn a_request_waits_before_or_after_its_work_until_it_is_released() {
    let (server, caller) = started().await;
    let caller = Arc::new(caller);
    for (moment, users) in [(Moment::BeforeCommit, 0), (Moment::AfterCommit, 1)] {
        let mut held = server.hold("POST", USERS, moment);
        let asked = tokio::spawn({
            let caller = Arc::clone(&caller);
            async move { caller.ask(CREATE, "").await.0 }
        });
        held.arrived().await;
        assert_eq!(server.users().len(), users, "{moment:?}");
        // Others do not wait.
        caller.expect(&[("GET /users", "", 200, json!({ "count": 1 + users }))]).await;
        held.release();
        assert_eq!(asked.await.unwrap(), 201);
        server.forget(server.users()[0].number);
    }
}

#[tokio::test]
async fn a_forgotten_user_is_gone_with_all_they_had() {
    let (server, caller) = started().await;
    let [owner, member] = ["a", "b"].map(|name| server.add_user(Some(("web", name)), &format!("{name}@example.com")));
    let [first, second] = [(owner, "one"), (member, "two")].map(|(user, name)| server.add_project(user, name));
    server.add_member(second, owner);
    server.forget(owner);
    caller.expect(&[("GET /user/web.a", "", 404, refused(160_002))]).await;
    caller.expect(&[(&format!("GET /projects/{first}"), "", 400, refused(150_004))]).await;
    assert!(!server.projects()[0].members.contains_key(&owner));
}

/// How a request ended: its status, or none.
async fn ended(caller: &Caller) -> Option<u16> {
    caller.send("GET /users", "").await.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_seed_draws_the_same_faults_again() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let (server, caller) = started().await;
        server.set_random_faults(seed, 500);
        let mut run = Vec::new();
        for _ in 0..40 {
            run.push(ended(&caller).await);
        }
        server.set_random_faults(seed, 0);
        assert_eq!(ended(&caller).await, Some(200));
        runs.push(run);
    }
    assert!(runs[0] == runs[1] && runs[0] != runs[2]);
    for end in [None, Some(200), Some(429), Some(500), Some(503)] {
        assert!(runs.iter().any(|run| run.contains(&end)), "{end:?}: {runs:?}");
    }
}

#[tokio::test]
async fn requests_are_remembered_in_order_without_their_queries() {
    let (server, caller) = started().await;
    let _: (u16, Value) = caller.ask(CREATE, "").await;
    caller.ask("GET /user/web.a%7Cb?x=y", "").await;
    assert_eq!(server.requests(), ["POST /admin/users", "GET /admin/user/web.a%7Cb"]);
    server.clear_requests();
    assert_eq!(server.requests(), Vec::<String>::new());
}
