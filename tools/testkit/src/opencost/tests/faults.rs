//! What goes wrong with connections, by intent and by chance.

use std::{fs, sync::Arc};

use uuid::Uuid;

use super::{
    super::{Fault, Moment, Odd},
    Caller, OpenCost, hour, path, started, used,
};

#[tokio::test]
async fn faults_come_as_often_as_was_said_and_leave_counted_answers_for_later() {
    let (server, caller) = started().await;
    server.set(hour(0), "a", used("1", "0", "0"));
    server.fail_next(1, Fault::CutBefore);
    server.fail_next(1, Fault::Status(503));
    server.answer_next(1, Odd::NotThere);
    caller.send(&path(0, "")).await.unwrap_err();
    assert_eq!(caller.ask(&path(0, "")).await.0, 503);
    assert_eq!(caller.namespaces(0).await.len(), 0);
    assert_eq!(caller.namespaces(0).await.len(), 1);
    server.set_fault(Some(Fault::EmptyList));
    assert_eq!(caller.steps(&path(0, "")).await.len(), 0);
    server.set_fault(None);
    assert_eq!(caller.namespaces(0).await.len(), 1);
    assert_eq!(server.requests(), [hour(0); 6]);
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_held_request_is_answered_as_it_is_when_it_goes_on() {
    let (server, caller) = started().await;
    let caller = Arc::new(caller);
    for (moment, namespaces) in [(Moment::BeforeCommit, 1), (Moment::AfterCommit, 0)] {
        server.remove(hour(0), "a");
        let mut held = server.hold(moment);
        let asked = tokio::spawn({
            let caller = Arc::clone(&caller);
            async move { caller.namespaces(0).await.len() }
        });
        held.arrived().await;
        server.set(hour(0), "a", used("1", "0", "0"));
        // Others do not wait.
        assert_eq!(caller.namespaces(0).await.len(), 1);
        held.release();
        assert_eq!(asked.await.unwrap(), namespaces, "{moment:?}");
    }
}

/// How a request ended: its status, and whether the hour was in it.
async fn ended(caller: &Caller) -> Option<(u16, bool)> {
    let answer = caller.send(&path(0, "")).await.ok()?;
    let (status, body) = (answer.status().as_u16(), answer.text().await.ok()?);
    Some((status, body.contains("cpuCoreHours")))
}

#[tokio::test]
async fn a_seed_draws_the_same_faults_again_and_none_of_them_is_taken_for_an_hour() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let (server, caller) = started().await;
        server.set(hour(0), "a", used("1", "0", "0"));
        server.set_random_faults(seed, 700);
        let mut run = Vec::new();
        for _ in 0..60 {
            run.push(ended(&caller).await);
        }
        server.set_random_faults(seed, 0);
        assert_eq!(ended(&caller).await, Some((200, true)));
        runs.push(run);
    }
    assert!(runs[0] == runs[1] && runs[0] != runs[2]);
    for end in [None, Some((200, true)), Some((200, false)), Some((302, false)), Some((429, false)), Some((500, false))]
    {
        assert!(runs.iter().any(|run| run.contains(&end)), "{end:?}: {runs:?}");
    }
}

#[tokio::test]
async fn an_authority_is_kept_in_its_folder_until_another_takes_its_place() {
    let folder = std::env::temp_dir().join(Uuid::new_v4().simple().to_string());
    fs::create_dir(&folder).unwrap();
    let kept = OpenCost::start_kept(0, &folder).await.unwrap().ca_pem();
    let again = OpenCost::start_kept(0, &folder).await.unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(again.ca_pem(), kept);
    let caller = Caller::of(&again);
    assert_eq!(caller.namespaces(0).await.len(), 0);
    again.restart_with_other_ca().await.unwrap();
    caller.send(&path(0, "")).await.unwrap_err();
    assert_eq!(Caller::of(&again).namespaces(0).await.len(), 0);
}
