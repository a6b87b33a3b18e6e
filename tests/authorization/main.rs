//! Who may call what: every route as every kind of caller; and that what administrators write is audited.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod callers;
mod requests;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use contract::openapi;
use serde_json::Value;
use shared::http::routes::Access;
use testkit::{Function, TestResponse, World};

use crate::{
    callers::{CALLERS, Caller, Cast},
    table::{Row, rows},
};

/// The id of each operation by its route, such as `GET /api/auth/me`.
fn published() -> BTreeMap<String, String> {
    let id = |operation: &Value| operation["operationId"].as_str().unwrap().to_owned();
    tests::published().iter().map(|(method, path, operation)| (format!("{method} {path}"), id(operation))).collect()
}

async fn world() -> World {
    let world = World::new().await;
    world.add_cluster("demo", 10_000).await;
    world.sql("insert into public.usage_rates values ('2026-01-01', 1, 1, 1, 'test')").await;
    world
}

/// Sends each row of the table as these callers, through the function that the route belongs to.
async fn ask_all(world: &World, callers: &[Caller]) -> Vec<(Row, Access, Caller, TestResponse)> {
    let ids = published();
    let rows = rows();
    let mut responses = Vec::new();
    for (name, routes) in openapi::functions() {
        let who: BTreeMap<_, _> =
            routes.operations().iter().map(|operation| (operation.id, operation.access)).collect();
        let function: Function = world.function(name, routes).await;
        for row in &rows {
            let Some((id, who)) = ids.get(&row.route()).and_then(|id| Some((id, *who.get(&**id)?))) else { continue };
            let cast = Cast::of(world, id).await;
            for caller in callers {
                let response = function.send(requests::request(world, row, &cast, *caller).await).await;
                responses.push((row.clone(), who, *caller, response));
            }
        }
    }
    assert_eq!(responses.len(), rows.len() * callers.len(), "every row is asked");
    responses
}

#[tokio::test]
async fn every_route_answers_every_kind_of_caller_as_the_authorization_table_says() {
    let world = world().await;
    let mut wrong = Vec::new();
    for (row, who, caller, response) in ask_all(&world, &CALLERS).await {
        let code = response.json["code"].as_str().unwrap_or_default();
        let expected = (row.statuses[caller as usize], code_of_refusal(who, caller).unwrap_or(code));
        let found = (response.status, code);
        if (response.status == 403 || response.status == 401) && found != expected || response.status != expected.0 {
            wrong.push(format!("{} as {caller:?}: {expected:?} expected, {found:?} found", row.route()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    world.assert_sound().await;
}

/// How somebody is refused who may not call, whatever the route; none for whom it depends on the route.
fn code_of_refusal(who: Access, caller: Caller) -> Option<&'static str> {
    match (caller, who) {
        (Caller::Nobody | Caller::Forger, _) => Some("unauthorized"),
        (Caller::Machine | Caller::Meter | Caller::Cashier, Access::Machine(_) | Access::MachineOrAdmin(_))
        | (_, Access::Machine(_)) => Some("permission_missing"),
        (Caller::Machine | Caller::Meter | Caller::Cashier, _) => Some("person_only"),
        (Caller::Stranger, _) => Some("account_unknown"),
        (Caller::Suspended, _) => Some("account_suspended"),
        (Caller::Deleted, _) => Some("account_deleted"),
        (_, Access::Admin | Access::MachineOrAdmin(_)) => Some("admin_only"),
        (Caller::Member, Access::AccountOwner) => Some("account_owner_only"),
        _ => None,
    }
}

#[tokio::test]
async fn every_write_of_an_administrator_has_its_audit_row_and_no_refused_one_has() {
    let world = world().await;
    let mut written = 0;
    for (row, who, caller, response) in ask_all(&world, &[Caller::Admin, Caller::User, Caller::Suspended]).await {
        let is_write = row.method != "GET" && matches!(who, Access::Admin | Access::MachineOrAdmin(_));
        let is_audited = is_write && caller == Caller::Admin;
        let request_id = response.headers["x-request-id"].to_str().unwrap();
        let entries = world
            .all(&format!(
                "select (before is not null or after is not null)::text || ' ' || actor from public.audit_log where request_id = '{request_id}'"
            ))
            .await;
        let expected: Vec<String> =
            entries.iter().map(|_| format!("true {}", Cast::admin_of(&published()[&row.route()]))).collect();
        assert_eq!((entries.len(), &entries), (usize::from(is_audited), &expected), "{} as {caller:?}", row.route());
        written += usize::from(is_audited);
    }
    assert!(written >= 7, "{written}");
}

/// And what is published is what is deployed: see `tests/template/routes.rs`.
#[test]
fn the_authorization_table_has_every_published_route_and_no_other() {
    let table: BTreeSet<String> = rows().iter().map(Row::route).collect();
    assert_eq!(table, published().into_keys().collect());
}
