//! Fourteen months of readings, revisions, purchases, refunds, adjustments, joins and leaves: each month's statement is
//! what the ledger says, and what was used. `STORM_SEED=… make test T=statements` draws the same again.

mod drawn;

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use proof::storm::seed;
use serde_json::Value;
use testkit::TestRequest;

use self::drawn::{MONTHS, PEOPLE, RATES, Story, cents, first_day, millionths};

/// A cent, in the unit of exact costs: a dollar is 720 times 10^12.
const CENT: i128 = 720 * 10_i128.pow(10);

/// What somebody used for a project: CPU hours, GPU hours and gigabyte-hours in millionths, and the exact cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Used {
    hours: [i128; 3],
    cost: i128,
}

/// By account, month, user and project.
type Usage = BTreeMap<(String, NaiveDate, String, String), Used>;

fn id(name: &str) -> String {
    format!("auth0|{name}")
}

/// What the readings come to, by who paid for their day.
async fn usage(story: &Story) -> Usage {
    let payers =
        story.world.all("select concat_ws(' ', user_id, date, account_owner_id) from public.usage_daily").await;
    let payer = |user_id: &str, date: NaiveDate| {
        let found = payers.iter().find_map(|line| line.strip_prefix(&format!("{user_id} {date} ")));
        found.unwrap().to_owned()
    };
    let mut usage = Usage::new();
    for ((name, project, start), hours) in &story.readings {
        let date = start.date_naive();
        let prices = RATES.iter().rev().find(|(from, _)| *from <= date.to_string().as_str()).unwrap().1;
        let key = (payer(&id(name), date), date.with_day(1).unwrap(), id(name), project.clone());
        let used = usage.entry(key).or_default();
        for (sum, more) in used.hours.iter_mut().zip(hours) {
            *sum += more;
        }
        used.cost += (hours[0] * prices[0] + hours[1] * prices[1]) * 720 + hours[2] * prices[2];
    }
    usage
}

/// To the nearest whole number of units; of two, the even one.
fn rounded(exact: i128, unit: i128) -> i128 {
    let (whole, twice) = (exact.div_euclid(unit), 2 * exact.rem_euclid(unit));
    whole + i128::from(twice > unit || twice == unit && whole % 2 == 1)
}

fn sum<'a>(lines: &'a Value, of: impl Fn(&'a Value) -> i128) -> i128 {
    lines.as_array().unwrap().iter().map(of).sum()
}

async fn get(story: &Story, function: &str, path: &str) -> Value {
    let request = TestRequest::get(path).bearer(&story.world.token("auth0|admin"));
    story.functions.send(function, request).await.expect(200).json
}

async fn statement(story: &Story, name: &str, month: NaiveDate) -> Value {
    let path = format!("/api/credits/statements/{}?user_id=auth0%7C{name}", month.format("%Y-%m"));
    get(story, "credits", &path).await
}

/// What the ledger holds of a month, by kind: `purchase 1200`, in cents.
async fn ledger(story: &Story, name: &str, month: NaiveDate) -> BTreeMap<String, i128> {
    let sums = story
        .world
        .all(&format!(
            "select kind || ' ' || trim_scale(sum(amount) * 100) from app.credit_transactions \
             where account_owner_id = 'auth0|{name}' and date_trunc('month', created_at at time zone 'UTC') = '{month}' group by kind"
        ))
        .await;
    sums.iter()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(kind, sum)| (kind.to_owned(), sum.parse().unwrap()))
        .collect()
}

/// That a statement is what the ledger says, adds up, and tells of what was used in the month.
async fn check(story: &Story, name: &str, month: NaiveDate, usage: &Usage) -> Value {
    let what = format!("{name} {month}");
    let statement = statement(story, name, month).await;
    let ledger = ledger(story, name, month).await;
    for (kind, total) in
        [("purchase", "purchases"), ("refund", "refunds"), ("adjustment", "adjustments"), ("usage", "usage")]
    {
        let said = cents(&statement["totals"][total]);
        assert_eq!(said, ledger.get(kind).copied().unwrap_or_default(), "{what}: {kind}");
    }
    let entries = sum(&statement["entries"], |entry| cents(&entry["amount"]));
    let lines = sum(&statement["usage"], |line| cents(&line["amount"]));
    let other = cents(&statement["usage_of_other_months"]);
    let [opening, closing] = ["opening_balance", "closing_balance"].map(|balance| cents(&statement[balance]));
    assert_eq!(opening + entries + lines + other, closing, "{what} adds up: {statement:#}");
    assert_eq!(lines + other, cents(&statement["totals"]["usage"]), "{what}");

    let mine = |(account, of, ..): &(String, NaiveDate, String, String)| *account == id(name) && *of == month;
    let mut expected: BTreeMap<_, _> =
        usage.iter().filter(|(key, used)| mine(key) && **used != Used::default()).collect();
    let exact: i128 = expected.values().map(|used| used.cost).sum();
    assert!((-lines * CENT - exact).abs() <= CENT, "{what}: {lines} cents of {exact}");
    for line in statement["usage"].as_array().unwrap() {
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        let used = expected.remove(&(id(name), month, text("user_id"), text("project"))).expect("it was used");
        let hours = [millionths(&line["cpu_hours"]), millionths(&line["gpu_hours"])];
        assert_eq!(hours, used.hours[..2], "{what}: {line}");
        assert_eq!(millionths(&line["storage_gb_months"]), (2 * used.hours[2] + 720) / 1440, "{what}: {line}");
        assert!((-cents(&line["amount"]) * CENT - used.cost).abs() < 2 * CENT, "{what}: {line} for {}", used.cost);
    }
    assert!(expected.is_empty(), "{what}: {expected:?} is missing");
    check_groups(story, name, month, exact, &statement["usage"]).await;
    statement
}

/// That usage in groups is the same, and its costs add up.
async fn check_groups(story: &Story, name: &str, month: NaiveDate, exact: i128, lines: &Value) {
    let last = month + Months::new(1) - chrono::Days::new(1);
    let path =
        format!("/api/usage?scope=account&user_id=auth0%7C{name}&start={month}&end={last}&group_by=user,project");
    let usage = get(story, "usage", &path).await;
    let costs = sum(&usage["groups"], |group| millionths(&group["cost_usd"]));
    assert_eq!(costs, millionths(&usage["totals"]["cost_usd"]), "{path}");
    assert!((costs * CENT / 10_000 - exact).abs() <= CENT / 10_000, "{path}: {costs} of {exact}");
    let shown = |value: &Value| {
        let used = |line: &&Value| millionths(&line["cpu_hours"]) + millionths(&line["gpu_hours"]) > 0;
        let names = ["user_id", "project", "cpu_hours", "gpu_hours", "storage_gb_months"];
        let lines = value.as_array().unwrap().iter().filter(used);
        lines.map(|line| names.map(|name| line[name].clone())).collect::<Vec<_>>()
    };
    assert_eq!(shown(&usage["groups"]), shown(lines), "{path}");
}

/// What does not change any more once a month is closed.
fn sealed(statement: &Value) -> Vec<&Value> {
    ["first_seq", "last_seq", "opening_balance", "closing_balance", "totals", "entries"]
        .map(|part| &statement[part])
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_statement_is_what_the_ledger_says_and_what_was_used() {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let mut story = Story::new(seed).await;
    let mut closed = Vec::new();
    for month in 0..MONTHS {
        story.month(month).await;
        for name in PEOPLE {
            closed.push((name, first_day(month), statement(&story, name, first_day(month)).await));
        }
    }
    let usage = usage(&story).await;
    let mut balances: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for (name, month, before) in &closed {
        assert_eq!(before["state"], "closed", "{name} {month}");
        let after = check(&story, name, *month, &usage).await;
        assert_eq!(sealed(before), sealed(&after), "{name} {month} is sealed");
        let (balance, charged) = balances.entry(name).or_default();
        assert_eq!(cents(&after["opening_balance"]), *balance, "{name} {month} goes on from the month before");
        *balance = cents(&after["closing_balance"]);
        *charged -= cents(&after["totals"]["usage"]);
    }
    for (name, (balance, charged)) in balances {
        let last = statement(&story, name, first_day(MONTHS)).await;
        let charged = charged - cents(&last["totals"]["usage"]);
        assert_eq!(cents(&last["opening_balance"]), balance, "{name}");
        let of = |key: &(String, NaiveDate, String, String)| key.0 == id(name);
        let exact: i128 = usage.iter().filter(|(key, _)| of(key)).map(|(_, used)| used.cost).sum();
        assert_eq!(charged, rounded(exact, CENT), "{name} was charged the rounded sum of all costs");
        let kept = format!(
            "select concat_ws(' ', trim_scale(balance * 100), trim_scale(total_used * 100)) from public.user_credits \
             where user_id = 'auth0|{name}'"
        );
        assert_eq!(story.world.one(&kept).await, format!("{} {charged}", cents(&last["closing_balance"])), "{name}");
    }
    let others = closed.iter().filter(|(_, _, statement)| cents(&statement["usage_of_other_months"]) != 0).count();
    println!("{} readings, {:?}, {others} statements with usage of other months", story.readings.len(), story.done);
    for what in ["created", "revised", "purchase", "adjustment", "refund", "join", "leave"] {
        assert!(story.done.get(what).copied().unwrap_or_default() > 3, "too little of {what}: {:?}", story.done);
    }
    assert!(others > 3, "too few months were charged for others");
    story.world.assert_sound().await;
}
