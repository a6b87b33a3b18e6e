//! Every example of `openapi.yaml` is sent as it stands, and answered as it stands.

use axum::{
    http::header::{ACCEPT, VARY},
    routing::MethodFilter,
};
use contract::openapi;
use migrations::Release;
use serde_json::Value;
use tests::{
    fixtures::{self, is_drawn, without_drawn},
    operations,
    variants::wrapped,
};

#[tokio::test]
async fn every_example_is_answered_as_it_says() {
    let wrong = wrong(None).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Gives every object of an answer a member that no build knows.
const MORE: &str = "
    create function more(p_answer jsonb) returns jsonb language plpgsql immutable set search_path from current as $$
    begin
      return case jsonb_typeof(p_answer)
        when 'object' then (select jsonb_object_agg(m.key, more(m.value)) from jsonb_each(p_answer || '{\"unknown\": 1}') m)
        when 'array' then (
          select coalesce(jsonb_agg(more(i.value) order by i.place), '[]')
          from jsonb_array_elements(p_answer) with ordinality i (value, place)
        )
        else p_answer
      end;
    end $$";

#[tokio::test]
async fn answers_of_sql_may_hold_more_than_this_build_knows() {
    let release = wrapped(MORE, "return more(v_answer);");
    let wrong = wrong(Some(&release)).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn forget_unknown(answered: &mut Value) {
    match answered {
        Value::Object(members) => {
            members.remove("unknown");
            members.values_mut().for_each(forget_unknown);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_unknown),
        _ => {}
    }
}

/// The examples that are answered in another way by a release.
async fn wrong(release: Option<&Release>) -> Vec<String> {
    let examples = openapi::examples::read().unwrap();
    let mut wrong = Vec::new();
    let unchanged = fixtures::so_far(release).await;
    for (function, operation) in &operations() {
        let changed;
        let (world, functions) = if operation.method == MethodFilter::GET {
            &unchanged
        } else {
            changed = fixtures::copy(&unchanged.0).await;
            &changed
        };
        let example = &examples[operation.id];
        let request = fixtures::authorized(world, operation, example);
        let response = functions.send(function, request.clone()).await;
        let answer = example.answer.clone().unwrap_or_default();
        let mut answered = without_drawn(&response.json);
        // A page that passes through holds what its build does not know.
        if release.is_some() && operation.id == "list_users" {
            forget_unknown(&mut answered);
        }
        if response.status != operation.status || without_drawn(&answer) != answered {
            wrong.push(format!("{}: {} {}", operation.id, response.status, response.text));
        }
        if response.headers.get(VARY).is_some_and(|by| by == "accept") != operation.csv {
            wrong.push(format!("{} says in `Vary` {:?}", operation.id, response.headers.get(VARY)));
        }
        if operation.method == MethodFilter::PATCH {
            let patch = request.clone().without(&["content-type"]);
            let patch = functions.send(function, patch.header("content-type", "application/merge-patch+json")).await;
            if patch.status != operation.status {
                wrong.push(format!("{} as a merge patch: {} {}", operation.id, patch.status, patch.text));
            }
        }
        if operation.csv {
            let csv = functions.send(function, request.header(ACCEPT.as_str(), "text/csv")).await;
            if csv.headers.get(VARY) != response.headers.get(VARY) {
                wrong.push(format!("{} as CSV says in `Vary` {:?}", operation.id, csv.headers.get(VARY)));
            }
            if cells(example.csv.as_deref().unwrap_or_default()) != cells(&csv.text) {
                wrong.push(format!("{} as CSV: {} {}", operation.id, csv.status, csv.text));
            }
        }
    }
    wrong
}

fn cells(csv: &str) -> Vec<&str> {
    let cells = csv.lines().flat_map(|line| line.split(','));
    cells.map(|cell| if is_drawn(cell) { "drawn" } else { cell }).collect()
}
