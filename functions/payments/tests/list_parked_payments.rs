//! `GET /api/admin/parked-payments`: what a person must decide about.

use serde_json::json;
use testkit::{TestRequest, TestResponse};

use crate::fixtures::{COMPLETED, PARKED, checkout, event, refund, told, world};

fn ids(answer: &TestResponse) -> Vec<&str> {
    answer.json["items"].as_array().unwrap().iter().map(|item| item["stripe_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn administrators_see_what_is_parked_newest_first_in_pages_and_by_filters() {
    let (world, function) = world().await;
    told(&world, &function, &event(COMPLETED, &json!({}))).await;
    told(&world, &function, &refund("re_1", 20_000)).await;
    told(&world, &function, &event(crate::fixtures::REFUNDED, &json!({ "id": "re_2", "payment_intent": "pi_x" })))
        .await;
    for payment in ["pi_1", "pi_2"] {
        told(&world, &function, &checkout(payment, "auth0|nobody")).await;
    }
    let admin = world.token("auth0|admin");
    let list = async |query: &str| {
        function.send(TestRequest::get(&format!("{PARKED}{query}")).bearer(&admin)).await.expect(200)
    };
    assert_eq!(ids(&list("").await), ["pi_2", "pi_1", "re_1"]);
    assert_eq!(ids(&list("?reason=user_unknown").await), ["pi_2", "pi_1"]);
    assert_eq!(ids(&list("?kind=refund").await), ["re_1"]);
    assert_eq!(ids(&list("?state=waiting").await), ["re_2"]);
    assert_eq!(ids(&list("?state=returned").await), Vec::<&str>::new());
    let first = list("?limit=2").await;
    assert_eq!(ids(&first), ["pi_2", "pi_1"]);
    let rest = list(&format!("?limit=2&cursor={}", first.json["next_cursor"].as_str().unwrap())).await;
    assert_eq!((ids(&rest), &rest.json["next_cursor"]), (vec!["re_1"], &json!(null)));

    let mut payment = first.json["items"][0].clone();
    for drawn in ["id", "created_at"] {
        assert!(payment.as_object_mut().unwrap().remove(drawn).unwrap().is_string());
    }
    let expected = json!({
        "kind": "payment",
        "stripe_id": "pi_2",
        "payment_intent": "pi_2",
        "state": "parked",
        "reason": "user_unknown",
        "reference": "auth0|nobody",
        "amount_minor": "12500",
        "tax_minor": "2500",
        "currency": "usd",
        "user_id": null,
        "credits": "0.00",
        "happened_at": "2025-11-25T11:59:00Z",
        "resolved_at": null,
    });
    assert_eq!(payment, expected);
}

#[tokio::test]
async fn nobody_else_sees_them_and_a_filter_that_is_none_is_refused() {
    let (world, function) = world().await;
    let ask = |token: String, query: &str| TestRequest::get(&format!("{PARKED}{query}")).bearer(&token);
    function.send(ask(world.token("auth0|ann"), "")).await.expect_problem(403, "admin_only");
    function.send(ask(world.machine_token(&["credits:write"]), "")).await.expect_problem(403, "person_only");
    for (field, query) in
        [("state", "?state=open"), ("kind", "?kind=x"), ("cursor", "?cursor=e30"), ("limit", "?limit=0")]
    {
        let answer = function.send(ask(world.token("auth0|admin"), query)).await.expect_problem(400, "invalid_query");
        assert_eq!(answer.field(), field);
    }
}
