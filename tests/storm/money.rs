//! Readings, purchases, adjustments, refunds, prices, joins and leaves, while the days fly by; and a simple model
//! that must come to the same bill.

mod model;
mod watch;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use proof::storm::{
    Instances, decision_log,
    money::{Client, FUNCTIONS, Told},
    population, seed,
};
use testkit::World;

use self::model::Model;
use crate::{CLIENTS, blow};

const OPERATIONS: usize = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_money_ends_with_the_bill_of_a_simple_model() {
    let seed = seed();
    println!("STORM_SEED={seed}");
    let world = Arc::new(World::new().await);
    world.add_administrator().await;
    population::sign_everybody_up(&world).await;
    let time = watch::install(&world).await;

    // One after the other: connecting is not what is tested here.
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let instances = Instances::start(&world, &FUNCTIONS).await;
        let seed = seed.wrapping_add(number);
        clients.push(Client::new(Arc::clone(&world), instances, time.clone(), number, "s", seed));
    }
    let mut told = Told::default();
    for client in blow(clients, OPERATIONS).await {
        told.add(client.told);
    }
    println!("answers by operation and status: {:?}", told.statuses);
    assert!(told.statuses.keys().all(|(_, status)| *status < 500));
    for what in ["usage", "usage again", "purchase", "adjustment", "refund", "money again", "price", "join", "leave"] {
        let done = told.statuses.iter().filter(|((done, status), _)| *done == what && *status < 300);
        assert!(done.map(|(_, count)| count).sum::<usize>() > 20, "too little of {what} was done");
    }

    world.assert_sound().await;
    let decisions = decision_log::decisions(&world).await;
    let mut model = Model::new(population::people(), decision_log::invites(&world).await);
    // A call that was repeated is in the diary twice: what was told is what the last one found.
    let mut expected: HashMap<String, Vec<(usize, String)>> = HashMap::new();
    for decision in &decisions {
        if let Some(results) = model.apply(decision) {
            let request_id = decision.args["caller"]["request_id"].as_str().unwrap().to_owned();
            expected.insert(request_id, results);
        }
    }
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (request_id, results) in &told.results {
        for (index, outcome) in &expected[request_id] {
            assert_eq!(&results[*index], outcome, "reading {index} of {request_id}");
            *outcomes.entry(outcome).or_default() += 1;
        }
    }
    println!("{} decisions; readings: {outcomes:?}", decisions.len());
    for outcome in ["created", "unchanged", "revised"] {
        assert!(outcomes[outcome] > 500, "the storm blew: {outcomes:?}");
    }
    for code in
        ["user_deleted", "user_unknown", "window_in_future", "window_too_old", "duplicate_in_batch", "rate_missing"]
    {
        assert!(outcomes.contains_key(&*format!("rejected {code}")), "nothing was {code}: {outcomes:?}");
    }
    assert_eq!(model.accounts(), watch::accounts(&world).await);
    assert_eq!(model.days(), watch::days(&world).await);
}
