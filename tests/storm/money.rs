//! Readings, purchases, adjustments, refunds, prices, policies, joins and leaves, while a day passes every second; and a simple
//! model that must come to the same bill.

mod account;
mod model;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::DateTime;
use proof::storm::{
    decision_log::{self, Point},
    money::{Client, FUNCTIONS, Now},
    readings,
    values::by_key,
};
use testkit::World;

use self::model::Model;
use tests::clients::run;

const OPERATIONS: u64 = 20_000;
/// A day passes every second.
const TIMES: i32 = 86_400;

/// Every account, in cents and millionths: `balance purchased adjusted used entries cpu gpu gigabyte-seconds cost`, and
/// what that makes of it: `state month cost-of-the-month cap-level`.
const ACCOUNTS: &str = "select user_id, concat_ws(' ', trim_scale(balance * 100), trim_scale(total_purchased * 100), \
                        trim_scale(total_adjusted * 100), trim_scale(total_used * 100), coalesce(last_seq, 0), \
                        trim_scale(cpu_hours_used * 1e6), trim_scale(gpu_hours_used * 1e6), \
                        trim_scale(storage_gb_seconds * 1e6), trim_scale(scaled_cost_usd * 1e12), \
                        state, month, trim_scale(month_scaled_cost_usd * 1e12), cap_level) \
                        from public.user_credits where user_id <> 'auth0|admin'";

/// What is told of each account's balance and cap, in order, with the balance in cents.
const TOLD: &str = "select replace(subject, 'account:', ''), string_agg(concat_ws(' ', type, \
                    trim_scale((data ->> 'balance_usd')::numeric * 100), data ->> 'from', data ->> 'to', \
                    data ->> 'percent'), e'\\n' order by number) \
                    from app.outbox where type ~ '^(balance|cap)[.]' group by subject";

/// Every day of every user: `payer cpu gpu gigabyte-seconds cost`.
const DAYS: &str = "select concat_ws(' ', user_id, date), concat_ws(' ', account_owner_id, \
                    trim_scale(cpu_hours * 1e6), trim_scale(gpu_hours * 1e6), trim_scale(storage_gb_seconds * 1e6), \
                    trim_scale(scaled_cost_usd * 1e12)) from public.usage_daily";

/// Makes the database's clock fast, and its locks write the log of decisions. The clock.
async fn watch(world: &World) -> Now {
    let (clock, started_at) = (world.clock.clone(), world.clock.now());
    // Room for a run of twelve minutes: a busy machine needs more than six.
    for months in [3, 6, 9, 12, 15, 18, 21, 0] {
        let expression = format!(
            "timestamptz '{started_at}' + interval '{months} months' \
             + (pg_catalog.now() - timestamptz '{started_at}') * {TIMES}"
        );
        world.database_time_is(&expression.replace(" UTC'", "Z'")).await;
    }
    let accounts = Point { function: "lock_accounts", types: "text[]", ..Point::default() };
    let terms = Point { function: "lock_billing_terms", ..Point::default() };
    decision_log::create(world, &[accounts, terms]).await;
    Arc::new(move || started_at + (clock.now() - started_at) * TIMES)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_money_ends_with_the_bill_of_a_simple_model() {
    let world = Arc::new(World::new().await);
    world.add_administrator().await;
    readings::sign_up(&world).await;
    let began_in = world.one("select max(month) from public.user_credits").await.parse().unwrap();
    let now = watch(&world).await;

    let client = |session, number| Client::new(session, Arc::clone(&now), number, "s");
    let (clients, statuses) = run(&[&world], &FUNCTIONS, OPERATIONS, client).await;
    for what in
        ["usage", "usage again", "purchase", "adjustment", "refund", "money again", "price", "policy", "join", "leave"]
    {
        let done = statuses.iter().filter(|((done, status), _)| *done == what && *status < 300);
        assert!(done.map(|(_, count)| count).sum::<usize>() > 20, "too little of {what} was done");
    }

    let decisions = decision_log::decisions(&world).await;
    let deleted_at = world
        .one("select (extract(epoch from deleted_at) * 1e6)::bigint from public.users where id = 'auth0|gone'")
        .await;
    let deleted_at = DateTime::from_timestamp_micros(deleted_at.parse().unwrap()).unwrap();
    let mut model = Model::new(readings::people(), began_in, deleted_at, decision_log::invites(&world).await);
    // A call that was repeated is in the log twice: its response is what the last one found.
    let mut expected: HashMap<String, Vec<(usize, String)>> = HashMap::new();
    for decision in &decisions {
        if let Some(results) = model.apply(decision) {
            let request_id = decision.args["caller"]["request_id"].as_str().unwrap().to_owned();
            expected.insert(request_id, results);
        }
    }
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (request_id, results) in clients.iter().flat_map(|client| &client.results) {
        for (index, outcome) in &expected[request_id] {
            assert_eq!(&results[*index], outcome, "reading {index} of {request_id}");
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    println!("{} decisions; readings: {outcomes:?}", decisions.len());
    for outcome in ["created", "unchanged", "revised"] {
        assert!(outcomes[outcome] > 500, "too few are {outcome}: {outcomes:?}");
    }
    for code in [
        "user_deleted",
        "user_unknown",
        "window_in_future",
        "window_too_old",
        "window_overlaps",
        "duplicate_in_batch",
        "rate_missing",
    ] {
        assert!(outcomes.contains_key(&*format!("rejected {code}")), "nothing was {code}: {outcomes:?}");
    }
    assert_eq!(model.accounts(), by_key(&world, ACCOUNTS).await);
    assert_eq!(model.days(), by_key(&world, DAYS).await);
    let told = model.told();
    let crossings =
        |kind: &str| told.values().flat_map(|lines| lines.lines()).filter(|line| line.starts_with(kind)).count();
    for kind in ["balance.low", "balance.exhausted", "balance.restored", "cap.reached 100"] {
        assert!(crossings(kind) > 5, "too few crossings: {kind} {}", crossings(kind));
    }
    assert_eq!(told, by_key(&world, TOLD).await);
}
