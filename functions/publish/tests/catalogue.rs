//! The catalogue of events: what is told, what `docs/events.schema.json` says of it, and what `docs/events.md` lists.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;
use testkit::{World, event_bus::catalogue};

use crate::fixtures::Site;

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn types() -> BTreeSet<String> {
    catalogue::read().unwrap()["$defs"].as_object().unwrap().keys().cloned().collect()
}

/// What looks like a type in a text, between these quotes.
fn quoted(text: &str, quote: char) -> BTreeSet<String> {
    let parts = text.split(quote).filter(|part| {
        let words: Vec<&str> = part.split('.').collect();
        let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c == '_' || c.is_ascii_lowercase());
        words.len() == 2 && words.iter().all(is_word)
    });
    parts.map(str::to_owned).collect()
}

#[test]
fn every_type_that_is_told_has_a_schema_and_a_line_and_no_other_has() {
    let files = fs::read_dir(file("migrations/functions")).unwrap().map(|entry| entry.unwrap());
    let telling = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("tell_of_"));
    let told: BTreeSet<String> =
        telling.flat_map(|entry| quoted(&fs::read_to_string(entry.path()).unwrap(), '\'')).collect();
    assert_eq!(told, types());
    let lines = fs::read_to_string(file("docs/events.md")).unwrap();
    let table: String = lines.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(quoted(&table, '`'), types());
    let any: BTreeSet<String> = catalogue::read().unwrap()["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["$ref"].as_str().unwrap().trim_start_matches("#/$defs/").to_owned())
        .collect();
    assert_eq!(any, types());
}

/// What holds the tests' events to the schema knows these keywords, and no others.
#[test]
fn the_schema_says_nothing_that_the_tests_do_not_look_at() {
    let known = ["type", "pattern", "enum", "minimum", "description"];
    for (kind, of) in catalogue::read().unwrap()["$defs"].as_object().unwrap() {
        let data = &of["properties"]["data"];
        assert_eq!(
            (&data["type"], &data["additionalProperties"]),
            (&Value::from("object"), &Value::from(false)),
            "{kind}"
        );
        let members = data["properties"].as_object().unwrap();
        let required: BTreeSet<&str> = data["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(required, members.keys().map(String::as_str).collect(), "{kind}");
        for (member, rule) in members {
            let used: Vec<&String> = rule.as_object().unwrap().keys().collect();
            assert!(used.iter().all(|keyword| known.contains(&keyword.as_str())), "{kind} {member}: {used:?}");
        }
    }
}

#[tokio::test]
async fn a_test_that_tells_what_the_schema_does_not_have_fails() {
    let world = World::new().await;
    for (kind, subject, data, fault) in [
        ("user.unknown", "user:x", "{\"user_id\": \"x\"}", "it is unknown"),
        ("user.created", "account:x", "{\"user_id\": \"x\"}", "its subject is another"),
        ("user.created", "user:x", "{}", "user_id is missing"),
        ("user.created", "user:x", "{\"user_id\": 1}", "user_id is of another type"),
        ("user.created", "user:x", "{\"user_id\": \"x\", \"email\": \"x@x.io\"}", "email is unknown"),
        ("user.suspended", "user:x", "{\"user_id\": \"x\", \"by\": \"nobody\"}", "by is none of the known"),
        ("user.waiting", "user:x", "{\"user_id\": \"x\", \"cluster_id\": \"first\"}", "cluster_id is of another form"),
    ] {
        let refusal =
            world.direct().await.run(&format!("select app.tell('{kind}', '{subject}', '{data}')")).await.unwrap_err();
        assert!(refusal.message.ends_with(&format!(": {fault}")), "{fault}: {refusal:?}");
    }
}

#[tokio::test]
async fn what_arrives_has_the_members_that_the_schema_names() {
    let site = Site::ready().await;
    site.world.add_cluster("first", 1).await;
    site.world.sign_up("ann").await;
    site.publish().await;
    let schema = catalogue::read().unwrap();
    let named: BTreeSet<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let received = site.bus.received().await;
    assert_eq!(received.len(), 3);
    for event in &received {
        let detail = event["detail"].as_object().unwrap();
        assert_eq!(detail.keys().collect::<BTreeSet<_>>(), named);
        assert_eq!(detail["type"], event["detail-type"]);
    }
}
