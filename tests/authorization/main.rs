//! Who may call what: every route as every kind of caller; and that what administrators write, and money that machines
//! write, is audited.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod callers;
mod forged;
mod requests;
mod table;

use std::collections::BTreeSet;

use axum::routing::MethodFilter;
use contract::openapi;
use shared::http::routes::{Access, Operation};
use testkit::{Instances, TestResponse, World};
use tests::{fixtures, operations, published, route};

use crate::{
    callers::{Caller, sign_up},
    table::rows,
};

/// Asks for every operation as these callers. Each answer comes with the status that the table has for it.
async fn ask_all(world: &World, asks: impl Fn(Caller) -> bool) -> Vec<(Operation, Caller, u16, TestResponse)> {
    let (rows, examples) = (rows(), openapi::examples::read().unwrap());
    // Seats for everybody.
    world.sql("update public.hopsworks_clusters set max_users = 10000").await;
    let functions = Instances::start(world, openapi::functions()).await;
    let mut responses = Vec::new();
    for (function, operation) in operations() {
        sign_up(world, operation.id).await;
        for (caller, status) in rows[&route(&operation)].iter().filter(|(caller, _)| asks(*caller)) {
            let request = requests::request(world, &operation, &examples[operation.id], *caller).await;
            let response = functions.send(function, request).await;
            responses.push((operation.clone(), *caller, *status, response));
        }
    }
    responses
}

#[tokio::test]
async fn every_route_answers_every_kind_of_caller_as_the_authorization_table_says() {
    let world = fixtures::world().await;
    let mut wrong = Vec::new();
    for (operation, caller, status, response) in ask_all(&world, |_| true).await {
        let code = response.json["code"].as_str().unwrap_or_default();
        let expected = (status, code_of_refusal(operation.access, caller).unwrap_or(code));
        let found = (response.status, code);
        if (response.status == 403 || response.status == 401) && found != expected || response.status != expected.0 {
            wrong.push(format!("{} as {caller:?}: {expected:?} expected, {found:?} found", route(&operation)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    world.assert_sound().await;
}

/// How somebody is refused who may not call, whatever the route; none for whom it depends on the route.
fn code_of_refusal(who: Access, caller: Caller) -> Option<&'static str> {
    match (caller, who) {
        // A token is no signature, whosever it is.
        (Caller::Nobody | Caller::Forger, _) | (_, Access::Stripe) => Some("unauthorized"),
        (Caller::Machine | Caller::Meter | Caller::Cashier, Access::Machine(_) | Access::MachineOrAdmin(_))
        | (_, Access::Machine(_)) => Some("permission_missing"),
        (Caller::Machine | Caller::Meter | Caller::Cashier, _) => Some("person_only"),
        (Caller::Stranger, _) => Some("account_unknown"),
        // As if they were active.
        (Caller::Suspended | Caller::SuspendedMember, Access::UserOrSuspended) => None,
        (Caller::Suspended, Access::UserOrSuspendedOwner | Access::ActionOrPerson | Access::Person) => None,
        (Caller::Suspended | Caller::SuspendedMember, _) => Some("account_suspended"),
        (Caller::Deleted, _) => Some("account_deleted"),
        (_, Access::Admin | Access::MachineOrAdmin(_)) => Some("admin_only"),
        (Caller::Member, Access::AccountOwner) => Some("account_owner_only"),
        _ => None,
    }
}

#[tokio::test]
async fn every_write_of_an_administrator_and_of_money_has_its_audit_row_and_no_refused_one_has() {
    let world = fixtures::world().await;
    let mut written = 0;
    let asks = |caller| matches!(caller, Caller::Admin | Caller::User | Caller::Suspended | Caller::Cashier);
    for (operation, caller, _, response) in ask_all(&world, asks).await {
        let is_write = operation.method != MethodFilter::GET;
        let is_administrators = matches!(operation.access, Access::Admin | Access::MachineOrAdmin(_))
            || matches!(operation.id, "remove_member" | "set_policy");
        let is_money = matches!(operation.access, Access::MachineOrAdmin("credits:write"));
        let may_write = is_administrators && caller == Caller::Admin || is_money && caller == Caller::Cashier;
        let closes_own = operation.id == "close_account" && matches!(caller, Caller::Admin | Caller::User);
        let is_audited = is_write && (may_write || closes_own);
        let request_id = response.headers["x-request-id"].to_str().unwrap();
        let entries = world
            .all(&format!(
                "select (before is not null or after is not null)::text || ' ' || actor \
                 from app.audit_log where request_id = '{request_id}'"
            ))
            .await;
        let actor = match caller {
            Caller::Cashier => "meter@clients".to_owned(),
            _ => format!("auth0|{}", caller.name(operation.id)),
        };
        let expected = format!("true {actor}");
        assert_eq!(entries, vec![expected; usize::from(is_audited)], "{} as {caller:?}", route(&operation));
        written += usize::from(is_audited);
    }
    assert!(written >= 8, "{written}");
}

/// And what is published is what is deployed: see `tests/template/routes.rs`.
#[test]
fn the_authorization_table_has_every_published_route_and_no_other() {
    let table: BTreeSet<String> = rows().into_keys().collect();
    assert_eq!(table, published().iter().map(|(method, path, _)| format!("{method} {path}")).collect());
}
