//! Readings, purchases, adjustments, refunds, prices, joins and leaves, while a day passes every second; and a simple
//! model that must come to the same bill.

mod model;
mod watch;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use proof::storm::{
    decision_log,
    money::{Client, FUNCTIONS},
    population,
};
use testkit::World;

use self::model::Model;
use crate::run::run;

const OPERATIONS: u64 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_money_ends_with_the_bill_of_a_simple_model() {
    let world = Arc::new(World::new().await);
    world.add_administrator().await;
    population::sign_up(&world).await;
    let time = watch::install(&world).await;

    let client = |session, number| Client::new(session, time.clone(), number, "s");
    let (clients, statuses) = run(&world, &FUNCTIONS, OPERATIONS, client).await;
    for what in ["usage", "usage again", "purchase", "adjustment", "refund", "money again", "price", "join", "leave"] {
        let done = statuses.iter().filter(|((done, status), _)| *done == what && *status < 300);
        assert!(done.map(|(_, count)| count).sum::<usize>() > 20, "too little of {what} was done");
    }

    let decisions = decision_log::decisions(&world).await;
    let mut model = Model::new(population::people(), decision_log::invites(&world).await);
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
    for code in
        ["user_deleted", "user_unknown", "window_in_future", "window_too_old", "duplicate_in_batch", "rate_missing"]
    {
        assert!(outcomes.contains_key(&*format!("rejected {code}")), "nothing was {code}: {outcomes:?}");
    }
    assert_eq!(model.accounts(), watch::accounts(&world).await);
    assert_eq!(model.days(), watch::days(&world).await);
}
