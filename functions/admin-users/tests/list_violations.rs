//! `GET /api/admin/invariants`: what breaks a rule.

use serde_json::json;

use crate::fixtures::{INVARIANTS, get, instance, world};

#[tokio::test]
async fn when_all_is_well_there_is_no_violation() {
    let world = world(&["ann"]).await;
    let function = instance(&world).await;
    let response = function.send(get(&world, INVARIANTS)).await.expect(200);
    assert_eq!(response.json, json!({ "items": [], "next_cursor": null }));
}

#[tokio::test]
async fn a_broken_rule_is_named_with_the_row_that_breaks_it() {
    let world = world(&["ann"]).await;
    world.sql("delete from public.user_credits where user_id = 'auth0|ann'").await;
    let function = instance(&world).await;
    let response = function.send(get(&world, INVARIANTS)).await.expect(200);
    let broken = json!({ "kind": "every_account_has_credits", "id": "auth0|ann", "detail": "no user_credits row" });
    assert_eq!(response.json, json!({ "items": [broken], "next_cursor": null }));
}

#[tokio::test]
async fn every_violation_is_on_one_page() {
    let world = world(&[]).await;
    // By hand nobody got credits, an instance or a history: four rules broken each, so that pages end amid somebody's.
    world.sql("insert into public.users (id) select 'auth0|' || n from generate_series(1, 120) n").await;
    let function = instance(&world).await;
    let mut told = Vec::new();
    let mut page = format!("{INVARIANTS}?limit=150");
    loop {
        let response = function.send(get(&world, &page)).await.expect(200).json;
        let items = response["items"].as_array().unwrap();
        told.extend(
            items.iter().map(|item| format!("{} {}: {}", item["kind"], item["id"], item["detail"]).replace('"', "")),
        );
        let Some(cursor) = response["next_cursor"].as_str() else { break };
        assert_eq!(items.len(), 150);
        page = format!("{INVARIANTS}?limit=150&cursor={cursor}");
    }
    told.sort();
    let mut all = world.all("select format('%s %s: %s', kind, id, detail) from app.invariant_violations").await;
    all.sort();
    assert_eq!(told, all);
}

#[tokio::test]
async fn among_many_users_the_pages_go_on_until_all_were_looked_at() {
    let world = world(&["ann"]).await;
    world
        .sql(
            "insert into public.users (id) select 'auth0|' || n from generate_series(1, 2500) n; \
             insert into app.account_memberships (user_id, effective_on, account_owner_id) select id, '-infinity', id from public.users on conflict do nothing; \
             insert into public.user_credits (user_id) select id from public.users on conflict do nothing; \
             insert into public.instances (user_id, instance_name, status) select id, 'x', 'stopped' from public.users on conflict do nothing; \
             delete from public.user_credits where user_id = 'auth0|ann'",
        )
        .await;
    let function = instance(&world).await;
    let (mut told, mut page) = (Vec::new(), INVARIANTS.to_owned());
    loop {
        let answer = function.send(get(&world, &page)).await.expect(200).json;
        told.extend(answer["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(cursor) = answer["next_cursor"].as_str() else { break };
        page = format!("{INVARIANTS}?cursor={cursor}");
    }
    assert_eq!(told, ["auth0|ann"]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let world = world(&[]).await;
    let function = instance(&world).await;
    for page in ["?cursor=x", "?cursor=eyJpZCI6MX0", "?limit=0", "?kind=x"] {
        function.send(get(&world, &format!("{INVARIANTS}{page}"))).await.expect_problem(400, "invalid_query");
    }
}
