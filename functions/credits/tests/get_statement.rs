//! `GET /api/credits/statements/{month}`: a month that adds up from its opening to its closing balance.

use serde_json::json;
use testkit::TestRequest;

use crate::{
    fixtures::{STATEMENTS, adjustment, instance},
    statements::{bought, get, it_is, short, team, used},
};

#[tokio::test]
async fn a_month_adds_up_from_its_opening_to_its_closing_balance() {
    let mut world = team().await;
    it_is(&mut world, "2026-07-01T00:00:00Z").await;
    let order = bought(&world, "20").await;
    let function = instance(&world).await;
    let refund = json!({ "user_id": "auth0|ann", "amount": "-5", "reason": "too much", "refund_of": order["id"] });
    function.send(adjustment(&world, "r", &refund)).await.expect(201);
    let gift = json!({ "user_id": "auth0|ann", "amount": "1.5", "reason": "sorry" });
    function.send(adjustment(&world, "g", &gift)).await.expect(201);
    it_is(&mut world, "2026-07-02T00:00:00Z").await;
    used(&world, "bob", "2026-07-01", "fraud", "2").await;
    used(&world, "ann", "2026-07-01", "fraud", "1").await;
    // Late: of a day in June; and a revision of another one.
    used(&world, "bob", "2026-06-29", "", "4").await;
    used(&world, "ann", "2026-06-09", "churn", "7").await;

    it_is(&mut world, "2026-08-03T00:00:00Z").await;
    let function = instance(&world).await;
    let july = get(&world, &function, "ann", "2026-07").await.expect(200).json;
    assert_eq!(
        short(&july),
        [
            "closed 38.00",
            "5 purchase 20.00",
            "6 refund -5.00",
            "7 adjustment 1.50",
            "ann fraud: 1 hours -1.00",
            "bob fraud: 2 hours -2.00",
            "other months -3.00",
            "48.50",
        ]
    );
    assert_eq!(
        july["totals"],
        json!({ "purchases": "20.00", "refunds": "-5.00", "adjustments": "1.50", "openings": "0.00", "usage": "-6.00" })
    );
    assert_eq!((&july["first_seq"], &july["last_seq"]), (&json!(5), &json!(11)));
    assert_eq!((&july["user_id"], &july["month"]), (&json!("auth0|ann"), &json!("2026-07")));
    assert_eq!(july["entries"][1]["reason"], "too much");
    assert_eq!(
        short(&get(&world, &function, "ann", "2026-06").await.expect(200).json),
        [
            "closed 0.00",
            "1 purchase 50.00",
            "ann churn: 10.25 hours -10.25",
            "ann fraud: 0.75 hours -0.75",
            "bob : 4 hours -4.00",
            "other months 3.00",
            "38.00",
        ],
        "what was reported in July was charged in July"
    );
    assert_eq!(
        short(&get(&world, &function, "ann", "2026-08").await.expect(200).json),
        ["open 48.50", "other months 0.00", "48.50"]
    );
    assert_eq!(
        short(&get(&world, &function, "ann", "2026-05").await.expect(200).json),
        ["closed 0.00", "other months 0.00", "0.00"]
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn as_csv_every_line_is_there_and_safe_in_a_spreadsheet() {
    let world = team().await;
    used(&world, "bob", "2026-06-30", "=cmd()", "2").await;
    let request = TestRequest::get(&format!("{STATEMENTS}/2026-06")).bearer(&world.token("auth0|ann"));
    let response = instance(&world).await.send(request.header("accept", "text/csv")).await.expect(200);
    assert_eq!(response.headers["content-disposition"], "attachment; filename=\"statement.csv\"");
    assert_eq!(
        response.text.split("\r\n").collect::<Vec<_>>(),
        [
            "line,seq,created_at,user_id,name,email,project,reference,reason,cpu_hours,gpu_hours,storage_gb_months,amount,balance",
            "opening_balance,,,,,,,,,,,,,0.00",
            "purchase,1,2026-06-10T12:00:00+00:00,,,,,,,,,,50.00,",
            "usage,,,auth0|ann,ann,ann@example.com,churn,,,11.25,0,0,-11.25,",
            "usage,,,auth0|ann,ann,ann@example.com,fraud,,,0.75,0,0,-0.75,",
            "usage,,,auth0|bob,bob,bob@example.com,'=cmd(),,,2,0,0,-2.00,",
            "usage_of_other_months,,,,,,,,,,,,0.00,",
            "closing_balance,,,,,,,,,,,,,36.00",
            "",
        ]
    );
}

#[tokio::test]
async fn a_statement_is_for_the_owner_and_for_administrators() {
    let world = team().await;
    world.sign_up("carla").await;
    let function = instance(&world).await;
    let ann = get(&world, &function, "ann", "2026-06").await.expect(200).json;
    assert_eq!(get(&world, &function, "admin", "2026-06?user_id=auth0%7Cann").await.expect(200).json, ann);
    get(&world, &function, "bob", "2026-06").await.expect_problem(403, "billing_owner_only");
    get(&world, &function, "bob", "2026-06?user_id=auth0%7Cann").await.expect_problem(403, "billing_owner_only");
    get(&world, &function, "carla", "2026-06?user_id=auth0%7Cann").await.expect_problem(404, "user_unknown");
    get(&world, &function, "admin", "2026-06?user_id=auth0%7Cnobody").await.expect_problem(404, "user_unknown");
    let carla = get(&world, &function, "carla", "2026-06").await.expect(200).json;
    assert_eq!(short(&carla), ["open 0.00", "other months 0.00", "0.00"]);
    function.send(TestRequest::get(&format!("{STATEMENTS}/2026-06"))).await.expect_problem(401, "unauthorized");

    // Bob leaves: Ann goes on seeing what they paid, and no more of Bob than the id.
    world.sql("select set_membership('auth0|bob', 'auth0|bob', null)").await;
    used(&world, "bob", "2026-06-30", "x", "2").await;
    let left = get(&world, &function, "ann", "2026-06").await.expect(200).json;
    assert_eq!(left["usage"].as_array().unwrap().len(), 2, "Bob pays for himself from that day on");
}

#[tokio::test]
async fn a_month_that_is_none_or_lies_ahead_is_a_400_that_names_it() {
    let world = team().await;
    let function = instance(&world).await;
    for (asked, field) in [
        ("2026-6", "month"),
        ("2026-13", "month"),
        ("2026-06-01", "month"),
        ("june", "month"),
        ("1999-12", "month"),
        ("2026-07", "month"),
        ("9999-12", "month"),
        ("2026-06?limit=3", "limit"),
        ("2026-06?user_id=", "user_id"),
    ] {
        let response = get(&world, &function, "ann", asked).await;
        assert_eq!((response.status, response.field()), (400, field), "{asked}: {}", response.text);
    }
}

#[tokio::test]
async fn a_statement_with_more_lines_than_an_answer_holds_is_refused() {
    let world = team().await;
    world
        .sql(
            "update public.usage_daily set cpu_hours = cpu_hours + 10001 where date = '2026-06-09'; \
             insert into app.usage_daily_projects select 'auth0|ann', '2026-06-09', 'p' || n, 1 from generate_series(1, 10001) n",
        )
        .await;
    let function = instance(&world).await;
    get(&world, &function, "ann", "2026-06").await.expect_problem(400, "statement_too_large");
}
