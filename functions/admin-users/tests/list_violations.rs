//! `GET /api/admin/invariants`: what breaks a rule.

use serde_json::json;

use crate::people::{INVARIANTS, get, instance, world};

#[tokio::test]
async fn when_all_is_well_there_is_no_violation() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let answer = function.send(get(&world, INVARIANTS)).await.expect(200);
    assert_eq!(answer.json, json!({ "violations": [] }));
}

#[tokio::test]
async fn a_broken_rule_is_named_with_the_row_that_breaks_it() {
    let world = world(&["ann"]).await;
    world.sql("delete from public.user_credits where user_id = 'auth0|ann'").await;
    let function = instance(&world).await;
    let answer = function.send(get(&world, INVARIANTS)).await.expect(200);
    let broken = json!({ "kind": "every_account_has_credits", "id": "auth0|ann", "detail": "no user_credits row" });
    assert_eq!(answer.json, json!({ "violations": [broken] }));
}

#[tokio::test]
async fn a_thousand_are_told_and_that_there_are_more() {
    let world = world(&[]).await;
    world.sql("insert into public.users (id) select 'auth0|' || n from generate_series(1, 1000) n").await;
    let function = instance(&world).await;
    // By hand nobody got credits, an instance or a history.
    let answer = function.send(get(&world, INVARIANTS)).await.expect(200);
    assert_eq!(answer.json["violations"].as_array().unwrap().len(), 1000);
    assert_eq!(answer.json["has_more"], true);
}
