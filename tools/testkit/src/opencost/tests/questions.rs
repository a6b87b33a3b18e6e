//! Parameters, paths, and who may ask.

use super::{Caller, OpenCost, amounts, hour, path, started, used};

/// Three hours with one namespace, and a fourth that is empty.
async fn filled() -> (OpenCost, Caller) {
    let (server, caller) = started().await;
    for number in 0..3 {
        server.set(hour(number), "a", used(&format!("{}.5", number + 1), "1", "0"));
    }
    (server, caller)
}

#[tokio::test]
async fn windows_are_pairs_of_moments_or_of_seconds() {
    let (server, caller) = filled().await;
    let begin = hour(1).timestamp();
    for window in [
        "2026-01-01T01:00:00Z,2026-01-01T02:00:00Z".to_owned(),
        "2026-01-01T01%3A00%3A00Z%2C2026-01-01T02%3A00%3A00Z".to_owned(),
        format!("{begin},{}", begin + 3_600),
        format!("{begin}-{}", begin + 3_600),
    ] {
        for base in ["/allocation", "/allocation/compute"] {
            let steps = caller.steps(&format!("{base}?aggregate=namespace&colour=red&window={window}")).await;
            assert_eq!(steps.iter().map(|step| amounts(&step["a"])[0]).collect::<Vec<_>>(), ["2.5"], "{window}");
        }
    }
    assert_eq!(server.requests(), [hour(1); 8]);
}

#[tokio::test]
async fn what_is_no_window_is_refused_in_plain_text() {
    let (server, caller) = filled().await;
    for window in [
        "",
        "notawindow",
        "1h",
        "today",
        "2026-01-01T01:00:00Z",
        "2026-01-01T01:00:00Z,",
        "2026-01-01T01:00:00.5Z,2026-01-01T02:00:00Z",
        "2026-01-01T01:00:00%2B00:00,2026-01-01T02:00:00%2B00:00",
        "2026-01-01 01:00:00Z,2026-01-01 02:00:00Z",
    ] {
        let (status, kind, body) = caller.ask(&format!("/allocation/compute?window={window}")).await;
        assert_eq!((status, kind.as_str()), (400, "text/plain; charset=utf-8"), "{window}");
        assert!(body.starts_with("Invalid 'window' parameter: illegal window: "), "{body}");
    }
    for more in ["&step=soon", "&step=0h", "&step=1", "&step=-1h"] {
        let (status, _, body) = caller.ask(&path(0, more)).await;
        assert!(status == 400 && body.starts_with("Invalid 'step' parameter"), "{more}: {body}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_window_has_one_step_unless_another_length_is_asked_for_and_the_last_is_not_cut() {
    let (_server, caller) = filled().await;
    let window = "/allocation?aggregate=namespace&window=2026-01-01T00:00:00Z,2026-01-01T03:00:00Z";
    for (more, expected) in [
        ("", vec![Some("7.5")]),
        ("&step=1h", vec![Some("1.5"), Some("2.5"), Some("3.5")]),
        ("&step=60m", vec![Some("1.5"), Some("2.5"), Some("3.5")]),
        ("&step=hour", vec![Some("1.5"), Some("2.5"), Some("3.5")]),
        ("&step=1h30m0s", vec![Some("4"), Some("3.5")]),
        ("&step=2h", vec![Some("4"), Some("3.5")]),
        ("&step=day", vec![Some("7.5")]),
        ("&step=1h&accumulate=true", vec![Some("7.5")]),
    ] {
        let steps = caller.steps(&format!("{window}{more}")).await;
        let found: Vec<_> = steps.iter().map(|step| step.get("a").map(|fields| amounts(fields)[0])).collect();
        assert_eq!(found, expected, "{more}");
    }
    let (_, _, body) = caller.ask(&format!("{window}&step=2h")).await;
    assert!(body.contains(r#""window":{"start":"2026-01-01T02:00:00Z","end":"2026-01-01T04:00:00Z"}"#), "{body}");
}

#[tokio::test]
async fn nothing_is_empty_or_with_idle_null_and_cannot_be_accumulated() {
    let (_server, caller) = filled().await;
    for (more, status, expected) in [
        ("", 200, r#"{"code":200,"data":[{}]}"#),
        ("&includeIdle=true", 200, r#"{"code":200,"data":[null]}"#),
        ("&accumulate=true", 500, r#"{"code":500,"data":null,"message":"Error: error accumulating by all: "#),
    ] {
        let (answered, kind, body) = caller.ask(&path(3, more)).await;
        assert_eq!((answered, kind.as_str()), (status, "application/json"), "{more}");
        assert!(body.starts_with(expected), "{more}: {body}");
    }
}

#[tokio::test]
async fn without_an_aggregation_by_namespace_alone_keys_have_the_cluster_too() {
    let (_server, caller) = filled().await;
    let by_both = path(0, "").replace("aggregate=namespace", "aggregate=cluster,namespace");
    let steps = caller.steps(&by_both).await;
    assert_eq!(steps[0].keys().collect::<Vec<_>>(), ["default-cluster/a"]);
}

#[tokio::test]
async fn a_gateway_asks_for_the_token_that_was_set() {
    let (server, caller) = filled().await;
    server.set_token(Some("secret"));
    assert_eq!(server.token().as_deref(), Some("secret"));
    for (authorization, status) in [(None, 401), (Some("Bearer other"), 401), (Some("Bearer secret"), 200)] {
        let mut request = caller.http.get(format!("{}{}", server.url(), path(0, "")));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{authorization:?}");
    }
    server.set_token(None);
    assert_eq!(caller.ask(&path(0, "")).await.0, 200);
}

#[tokio::test]
async fn there_is_no_other_path_or_method() {
    let (server, caller) = filled().await;
    assert_eq!(caller.ask("/assets?window=1,2").await.0, 404);
    let posted = caller.http.post(format!("{}{}", server.url(), path(0, ""))).send().await.unwrap();
    assert_eq!(posted.status(), 405);
}
