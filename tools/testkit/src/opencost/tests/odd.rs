//! Answers that are not what an hour was.

use super::{
    super::{Odd, allocation::UNMOUNTED},
    Caller, OpenCost, amounts, hour, path, started, text, used,
};

/// An hour of two namespaces.
async fn filled() -> (OpenCost, Caller) {
    let (server, caller) = started().await;
    server.set(hour(0), "a", used("2.5", "0", "1000"));
    server.set(hour(0), "b", used("0.0000001", "3", "0"));
    (server, caller)
}

#[tokio::test]
async fn answers_without_an_hour_are_as_the_real_ones() {
    let (server, caller) = filled().await;
    for (odd, status, kind, expected) in [
        (Odd::NotThere, 200, "application/json", "{\"code\":200,\"data\":[{}]}\n"),
        (Odd::NullStep, 200, "application/json", "{\"code\":200,\"data\":[null]}\n"),
        (Odd::NoData, 200, "application/json", "{\"code\":200,\"data\":null}"),
        (Odd::NoSteps, 200, "application/json", "{\"code\":200,\"data\":[]}"),
        (Odd::EmptyBody, 200, "application/json", ""),
        (Odd::Error500, 500, "application/json", "{\"code\":500,\"data\":null,"),
        (Odd::Code500InBody, 200, "application/json", "{\"code\":500,\"data\":null,"),
        (Odd::Html200, 200, "text/html", "<html>"),
        (Odd::Redirect302, 302, "text/html", "<a href="),
    ] {
        server.set_answer(hour(0), odd.clone());
        let (answered, of_kind, body) = caller.ask(&path(0, "")).await;
        assert_eq!((answered, of_kind.as_str()), (status, kind), "{odd:?}");
        assert!(body.starts_with(expected) && body.is_empty() == expected.is_empty(), "{odd:?}: {body}");
    }
    let redirect = caller.send(&path(0, "")).await.unwrap();
    assert_eq!(redirect.headers()["location"], "/oauth2/start");
    // Other hours are as ever, and so is this one again.
    server.set(hour(1), "c", used("1", "0", "0"));
    assert_eq!(caller.namespaces(1).await.len(), 1);
    server.set_answer(hour(0), None);
    assert_eq!(caller.namespaces(0).await.len(), 2);
}

#[tokio::test]
async fn numbers_that_are_none_or_cannot_be_stand_where_they_were_wanted() {
    let (server, caller) = filled().await;
    for (odd, of_a, of_b) in [
        (Odd::NaN("b".to_owned()), ["2.5", "0", "1000"], ["null", "null", "null"]),
        (Odd::Negative("a".to_owned()), ["-0.00008", "0", "1000"], ["0", "3", "0"]),
        (Odd::NegativeZero, ["2.5", "-0", "1000"], ["-0", "3", "-0"]),
        (Odd::Exponent, ["2.5e+00", "0e+00", "1e+03"], ["1e-07", "3e+00", "0e+00"]),
        (Odd::HugeNumber, ["1e+300", "0", "1000"], ["0", "3", "0"]),
    ] {
        server.answer_next(1, odd.clone());
        let answered = caller.namespaces(0).await;
        assert_eq!((amounts(&answered["a"]), amounts(&answered["b"])), (of_a, of_b), "{odd:?}");
    }
}

#[tokio::test]
async fn steps_have_too_little_too_much_or_another_time() {
    let (server, caller) = filled().await;
    server.set(hour(1), "c", used("1", "0", "0"));
    server.answer_next(1, Odd::Partial(1));
    assert_eq!(caller.namespaces(0).await.keys().collect::<Vec<_>>(), ["a"]);
    server.answer_next(1, Odd::OnlyUnmounted);
    let unmounted = caller.namespaces(0).await;
    assert_eq!(unmounted.keys().collect::<Vec<_>>(), [UNMOUNTED]);
    assert_eq!(amounts(&unmounted[UNMOUNTED]), ["0", "0", "1000"]);
    server.answer_next(1, Odd::OtherWindow);
    let other = caller.namespaces(0).await;
    assert_eq!(text(&other["a"], "window"), r#"{"start":"2025-12-31T23:00:00Z","end":"2026-01-01T00:00:00Z"}"#);
    server.answer_next(1, Odd::TwoSteps);
    let steps = caller.steps(&path(0, "")).await;
    assert_eq!(steps.iter().map(|step| step.len()).collect::<Vec<_>>(), [2, 1]);
    server.answer_next(1, Odd::SeveralClusters);
    let several = caller.namespaces(0).await;
    assert!(!text(&several["a"], "properties").contains("\"cluster\""));
    let volumes = text(&several["a"], "pvs");
    assert!(volumes.contains("cluster=default-cluster:") && volumes.contains("cluster=other-cluster:"), "{volumes}");
}

#[tokio::test]
async fn an_answer_ends_in_its_middle_or_does_not_seem_to_end() {
    let (server, caller) = filled().await;
    server.answer_next(1, Odd::Cut);
    let begun = caller.send(&path(0, "")).await.unwrap();
    assert_eq!(begun.status(), 200);
    begun.text().await.unwrap_err();
    server.answer_next(1, Odd::TooLong);
    let long = caller.send(&path(0, "")).await.unwrap();
    assert_eq!(long.content_length(), None);
    assert!(long.bytes().await.unwrap().len() > 33 << 20);
}

#[tokio::test]
async fn counted_answers_come_one_after_the_other_and_before_those_of_the_hour() {
    let (server, caller) = filled().await;
    server.set_answer(hour(0), Odd::Partial(1));
    server.answer_next(2, Odd::NotThere);
    server.answer_next(1, Odd::Partial(2));
    let mut found = Vec::new();
    for _ in 0..5 {
        found.push(caller.namespaces(0).await.len());
    }
    assert_eq!(found, [0, 0, 2, 1, 1]);
    // What was set is known whatever is answered.
    assert_eq!(server.used(hour(0)).len(), 2);
}
