//! Fields and numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    super::{Used, allocation::UNMOUNTED, number},
    Answer, Fields, amounts, hour, path, started, text, used,
};

/// An answer of version 1.121.3, as it came.
const PUBLISHED: &str = include_str!("../../../../../functions/collect-usage/tests/published/namespaces-1.121.3.json");
/// It is there for a namespace of one pod alone, whose highest use it has.
const OF_ONE_POD: &str = "rawAllocationOnly";

fn volumes(of: &Fields) -> Vec<Fields> {
    let volumes: Option<BTreeMap<String, Fields>> = serde_json::from_str(text(of, "pvs")).unwrap();
    volumes.into_iter().flat_map(BTreeMap::into_values).collect()
}

#[tokio::test]
async fn the_published_amounts_are_answered_with_the_published_fields_and_texts() {
    let published: Answer = serde_json::from_str(PUBLISHED).unwrap();
    let (server, caller) = started().await;
    for (namespace, fields) in &published.data[0] {
        let [cpu, gpu, pv] = amounts(fields);
        // The sum is rounded, and its one volume is not.
        let volumes = volumes(fields);
        server.set(hour(0), namespace, used(cpu, gpu, volumes.first().map_or(pv, |volume| text(volume, "byteHours"))));
    }
    let answered = caller.namespaces(0).await;
    assert_eq!(answered.len(), 5);
    for (namespace, expected) in &published.data[0] {
        let fields = &answered[namespace];
        let names = expected.keys().filter(|name| *name != OF_ONE_POD).collect::<BTreeSet<_>>();
        assert_eq!(fields.keys().collect::<BTreeSet<_>>(), names, "{namespace}");
        assert_eq!(amounts(fields), amounts(expected), "{namespace}");
        for name in ["name", "pvBytes", "lbAllocations", "gpuAllocation"] {
            assert_eq!(text(fields, name), text(expected, name), "{name} of {namespace}");
        }
        let (volumes, expected) = (volumes(fields), volumes(expected));
        assert_eq!(volumes.len(), expected.len(), "{namespace}");
        for (volume, expected) in volumes.iter().zip(&expected) {
            assert!(volume.keys().eq(expected.keys()), "{namespace}");
            assert_eq!(text(volume, "byteHours"), text(expected, "byteHours"));
        }
    }
}

#[test]
fn numbers_have_five_places_and_no_digit_that_says_nothing() {
    for (amount, rounded, exact, scientific) in [
        ("0", "0", "0", "0e+00"),
        ("60.00", "60", "60", "6e+01"),
        ("0.333333333", "0.33333", "0.333333333", "3.33333333e-01"),
        ("0.000005", "0.00001", "0.000005", "5e-06"),
        ("-0.000005", "-0.00001", "-0.000005", "-5e-06"),
        ("0.0000049", "0", "0.0000049", "4.9e-06"),
        ("0.0000001", "0", "1e-07", "1e-07"),
        ("45812984490.666664", "45812984490.66666", "45812984490.666664", "4.5812984490666664e+10"),
        // More than a double keeps.
        ("123456789012345.678912", "123456789012345.67", "123456789012345.67", "1.2345678901234567e+14"),
        ("1000000000000000000000", "1e+21", "1e+21", "1e+21"),
    ] {
        let written = [number::rounded, number::exact, number::scientific].map(|write| write(amount.parse().unwrap()));
        assert_eq!(written, [rounded, exact, scientific], "{amount}");
    }
}

#[tokio::test]
async fn an_hour_is_what_was_set_last_and_one_that_was_not_is_empty() {
    let (server, caller) = started().await;
    assert_eq!(caller.hour(0).await, "{\"code\":200,\"data\":[{}]}\n");
    server.set(hour(0), "a", used("1", "0", "0"));
    server.set(hour(0), "a", used("2.5", "0.25", "1000000000"));
    server.set(hour(0), "b", used("1", "0", "0"));
    server.remove(hour(0), "b");
    server.remove(hour(7), "b");
    server.set_hour(hour(1), [("c".to_owned(), used("3", "0", "0"))].into());
    let answered = caller.namespaces(0).await;
    assert_eq!(answered.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(amounts(&answered["a"]), ["2.5", "0.25", "1000000000"]);
    assert_eq!(text(&answered["a"], "minutes"), "60");
    let window = r#"{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T01:00:00Z"}"#;
    assert_eq!(text(&answered["a"], "window"), window);
    assert_eq!(text(&answered["a"], "start"), "\"2026-01-01T00:00:00Z\"");
    assert_eq!(server.used(hour(0)), [("a".to_owned(), used("2.5", "0.25", "1000000000"))].into());
    assert_eq!(server.used(hour(1)).keys().collect::<Vec<_>>(), ["c"]);
    assert_eq!(server.used(hour(2)), BTreeMap::new());
}

#[tokio::test]
async fn properties_say_what_a_namespace_is_made_of() {
    let (server, caller) = started().await;
    let long = format!("{}-\"x\"", "n".repeat(249));
    for (namespace, used) in [
        ("pods", used("1", "0", "0")),
        ("volumes", used("0", "0", "5")),
        (UNMOUNTED, used("0", "0", "6")),
        (long.as_str(), Used::default()),
    ] {
        server.set(hour(0), namespace, used);
    }
    let (_, _, body) = caller.ask(&path(0, "&includeIdle=true")).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    let step = &answer["data"][0];
    assert_eq!(step.as_object().unwrap().len(), 5);
    let labels = |name: &str| json!({ "kubernetes_io_metadata_name": name });
    for (namespace, expected) in [
        ("pods", json!({ "cluster": "default-cluster", "namespace": "pods", "namespaceLabels": labels("pods") })),
        (
            "volumes",
            json!({ "cluster": "default-cluster", "namespace": "volumes", "namespaceLabels": labels("volumes"),
                "container": UNMOUNTED, "pod": "volumes-unmounted-pvcs" }),
        ),
        (
            UNMOUNTED,
            json!({ "cluster": "default-cluster", "namespace": UNMOUNTED, "container": UNMOUNTED, "pod": UNMOUNTED }),
        ),
        ("__idle__", json!({ "cluster": "default-cluster", "node": "node-1" })),
    ] {
        assert_eq!(step[namespace]["properties"], expected);
        assert_eq!(step[namespace]["name"], namespace);
    }
    assert_eq!(step[&long]["properties"]["namespace"], long);
    for (namespace, volumes) in [("pods", 0), ("volumes", 1), (UNMOUNTED, 1), ("__idle__", 0)] {
        assert_eq!(step[namespace]["pvs"].as_object().map_or(0, serde_json::Map::len), volumes, "{namespace}");
        assert_eq!(step[namespace]["gpuAllocation"].is_null(), namespace.starts_with("__"), "{namespace}");
    }
    assert_eq!(step["__idle__"]["cpuCoreHours"], 0);
}
