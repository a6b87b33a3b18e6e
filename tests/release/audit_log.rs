//! The audit log was one table, as kept releases know it, and is two: nothing of it is lost, and they go on writing and
//! reading it.

use std::fs;

use migrations::{Release, Sources};
use ops::schema;
use serde_json::Value;
use testkit::World;
use tests::variants::{enter, file};

use crate::fixtures::{Empty, sources};

/// As long as the log was one table.
fn before() -> Sources {
    let mut before = sources();
    before.migrations.retain(|file| file.name.as_str() < "055");
    // They know what came later.
    before.repeatable.retain(|file| !file.name.contains("broken_rules") && !file.name.contains("invariant"));
    before.release = Release::new(Vec::new());
    before
}

#[tokio::test]
async fn what_was_written_before_is_moved_with_its_ids_and_the_next_one_follows() {
    let empty = Empty::new().await;
    empty.migrate(&before()).await.unwrap();
    let mut owner = empty.connect().await;
    let write = "insert into app.audit_log (actor, action, target, before, after, request_id, created_at) values";
    owner
        .run(&format!(
            "set role app_owner; {write} ('a', 'one', 't', null, '{{\"name\": \"Ann\"}}', 'r', '2026-01-01Z'), \
             ('b', 'two', 'u', '{{\"n\": 1}}', null, null, '2026-01-02Z'), ('c', 'three', 'v', null, null, null, '2026-01-03Z')"
        ))
        .await
        .unwrap();
    owner.run(&format!("begin; {write} ('d', 'undone', 'w', null, null, null, now()); rollback")).await.unwrap();
    let log = "select to_jsonb(l) - 'erased_at' from app.audit_log l order by id";
    let told = empty.all(log).await;
    empty.migrate(&sources()).await.unwrap();
    assert_eq!(told.len(), 3);
    assert_eq!(empty.all(log).await, told);
    assert_eq!(empty.all("select id from app.audit_details order by id").await, ["1", "2"]);
    owner.run(&format!("{write} ('e', 'next', 'x', null, '{{}}', null, now())")).await.unwrap();
    assert_eq!(empty.all("select id from app.audit_log where action = 'next'").await, ["5"], "4 was drawn already");
}

#[tokio::test]
async fn what_is_written_between_the_two_steps_is_moved_too() {
    let empty = Empty::new().await;
    let mut first = before();
    first.migrations = sources().migrations.into_iter().filter(|file| file.name.as_str() < "056").collect();
    empty.migrate(&first).await.unwrap();
    let late = "set role app_owner; insert into app.audit_log (actor, action, target, after) values ('a', 'late', 't', '{\"n\": 1}')";
    empty.connect().await.run(late).await.unwrap();
    assert_eq!(empty.all("select id from app.audit_entries").await, [""; 0]);
    empty.migrate(&sources()).await.unwrap();
    assert_eq!(empty.all("select action || after::text from app.audit_log").await, ["late{\"n\": 1}"]);
}

/// Calls a function of a release as the administrator.
async fn call(world: &World, function: &str, input: &str) -> Value {
    let caller = r#"{"sub": "auth0|admin", "must_be": "admin", "request_id": "r1"}"#;
    let call = format!("select {}.{function}('{{\"caller\": {caller}, \"input\": {input}}}')", world.release);
    serde_json::from_str(&world.one(&call).await).unwrap()
}

#[tokio::test]
async fn every_kept_release_writes_what_can_be_erased_and_reads_it() {
    for script in migrations::recorded(&schema::checkout()).unwrap() {
        let mut world = World::new().await;
        world.add_administrator().await;
        world.sign_up("ann").await;
        let stem = script.file_stem().unwrap().to_string_lossy().into_owned();
        let (_, schema) = stem.split_once('_').unwrap();
        let files = vec![file(&stem, &fs::read_to_string(&script).unwrap())];
        enter(&mut world, &Release { schema: schema.to_owned(), files }).await;
        call(&world, "update_user", r#"{"id": {"id": "auth0|ann"}, "changes": {"name": "Ann Marker"}}"#).await;
        let entries = "select actor || ' ' || target from app.audit_entries e where action = 'users.update' \
            and not to_jsonb(e)::text like '%Marker%'";
        assert_eq!(world.all(entries).await, ["auth0|admin auth0|ann"], "{stem}");
        assert_eq!(
            world.all("select after ->> 'name' from app.audit_details where after ? 'name'").await,
            ["Ann Marker"]
        );
        // Twice is once, for it too.
        call(&world, "update_user", r#"{"id": {"id": "auth0|ann"}, "changes": {"name": "Ann Marker"}}"#).await;
        let page = call(&world, "list_audit_log", r#"{"action": "users.update", "limit": 9}"#).await;
        let told: Vec<_> = page["items"].as_array().unwrap().iter().map(|entry| &entry["after"]["name"]).collect();
        assert_eq!(told, ["Ann Marker"], "{stem}");
    }
}
