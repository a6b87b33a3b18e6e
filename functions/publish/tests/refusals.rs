//! What the bus does not take: for now, or for ever.

use serde_json::json;
use testkit::event_bus::Fault;

use crate::fixtures::Site;

#[tokio::test]
async fn an_entry_that_is_refused_for_now_comes_again_with_the_same_id_and_holds_up_its_subject_alone() {
    let site = Site::ready().await;
    site.happen(&["a", "b"], 2).await;
    site.bus.refuse("auth0|a", "ThrottlingException", 1);
    assert_eq!(site.publish().await, json!({ "published": 2, "put_off": 1, "parked": 0 }));
    assert_eq!(site.arrived().await, ["b 1", "b 2"]);
    assert_eq!(site.left().await, ["a 1 ThrottlingException", "a 2"]);
    // Its pause is not over.
    assert_eq!(site.publish().await["published"], 0);
    site.time_passes().await;
    site.publish().await;
    assert_eq!(site.arrived().await, ["a 1", "a 2"]);
    let calls = site.bus.calls().concat();
    let ids: Vec<_> = calls
        .iter()
        .filter(|detail| detail["subject"] == "user:auth0|a" && detail["seq"] == 1)
        .map(|detail| &detail["id"])
        .collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    assert_eq!(site.world.one("select max(attempts) from app.outbox").await, "2");
}

#[tokio::test]
async fn an_entry_that_is_refused_for_ever_waits_for_an_operator_who_sends_it_again_or_gives_it_up() {
    for (answer, calls) in [("MalformedDetail", 1), ("InvalidArgument", 1), ("ValidationException", 3)] {
        let site = Site::ready().await;
        site.happen(&["a", "b"], 2).await;
        site.bus.refuse("auth0|a", answer, if calls == 1 { 1 } else { 2 });
        assert_eq!(site.publish().await, json!({ "published": 2, "put_off": 0, "parked": 1 }), "{answer}");
        assert_eq!(site.arrived().await, ["b 1", "b 2"]);
        assert_eq!(site.left().await, [&format!("a 1 {answer} parked"), "a 2"]);
        // Two more runs of it: nothing is tried.
        let before = site.bus.calls().len();
        site.time_passes().await;
        site.publish().await;
        assert_eq!(site.bus.calls().len(), before);
        let (release, arrives) = if calls == 1 { ("", vec!["a 1", "a 2"]) } else { (", true", vec!["a 2"]) };
        site.world
            .sql(&format!(
                "select app.release_event((select id from app.outbox where seq = 1 and parked_at is not null){release})"
            ))
            .await;
        site.publish().await;
        assert_eq!(site.arrived().await, arrives);
        site.happen(&["a"], 1).await;
        site.publish().await;
        assert_eq!(site.arrived().await, ["a 3"]);
        let action = if calls == 1 { "events.release" } else { "events.skip" };
        let audit = "select action || ' ' || (before ->> 'type') from app.audit_log where actor = 'operator'";
        assert_eq!(site.world.all(audit).await, [format!("{action} user.reactivated")]);
    }
}

#[tokio::test]
async fn an_entry_that_no_call_takes_is_parked_unsent() {
    let site = Site::ready().await;
    site.world
        .sql("select app.tell('user.created', 'user:auth0|a', jsonb_build_object('user_id', repeat('x', 270000)))")
        .await;
    site.happen(&["a", "b"], 1).await;
    assert_eq!(site.publish().await, json!({ "published": 1, "put_off": 0, "parked": 1 }));
    assert_eq!(site.left().await, ["a 1 entry_too_large parked", "a 2"]);
}

#[tokio::test]
async fn nobody_releases_what_is_not_parked() {
    let site = Site::ready().await;
    site.happen(&["a"], 1).await;
    let release = "select app.release_event(id) from app.outbox";
    let refusal = site.world.direct().await.run(release).await.unwrap_err();
    assert!(refusal.message.starts_with("there is no parked event"), "{refusal:?}");
}

#[tokio::test]
async fn a_bus_that_fails_hangs_or_cuts_loses_no_event_and_no_order() {
    for fault in [
        Fault::Status(500),
        Fault::TooManyRequests { retry_after_s: None },
        Fault::CutBefore,
        Fault::CutAfterCommit,
        Fault::Hang,
    ] {
        let site = Site::ready().await;
        site.happen(&["a"], 2).await;
        site.bus.fail_next(1, fault);
        assert_eq!(site.publish().await, json!({ "published": 0, "put_off": 1, "parked": 0 }), "{fault:?}");
        site.time_passes().await;
        assert_eq!(site.publish().await["published"], 2);
        let mut arrived = site.arrived().await;
        assert_eq!(arrived.len(), if fault == Fault::CutAfterCommit { 3 } else { 2 }, "{fault:?}");
        arrived.dedup();
        assert_eq!(arrived, ["a 1", "a 2"], "{fault:?}");
    }
}
