//! Purchases per second: eight clients, for many accounts and for one, whose lock they wait for.

use std::sync::Arc;

use anyhow::Result;
use serde_json::{Value, json};

use super::clients::Clients;
use crate::bench::{
    contenders::Bench,
    figure::{Figure, Table},
    setup::{Setup, succeeded},
    unit::Unit,
};
use ops::progress::step;
use testkit::TestRequest;

const CLIENTS: usize = 8;
/// Both versions in turn; a first one only warms up.
const ROUNDS: usize = 3;
const PURCHASES: usize = 2_000;

/// What the page calls it, and for how many of the accounts that the readings are of.
const LOADS: [(&str, usize); 2] = [("purchases, spread", 5_000), ("purchases, of one account", 1)];

/// For the accounts that readings have been measured with.
pub async fn measure(bench: &Bench<'_>) -> Result<Table> {
    let mut figures = Vec::new();
    for (what, accounts) in LOADS {
        step(&format!("recording {what}"));
        let mut elapsed = vec![0; bench.made.len()];
        for round in 0..=ROUNDS {
            for (setup, elapsed) in bench.made.iter().zip(&mut elapsed) {
                let clients = Clients::start(setup, credits::NAME, CLIENTS).await?;
                let taken = clients.send_events(events(setup, what, accounts, round), succeeded).await?;
                *elapsed += if round > 0 { taken } else { 0 };
            }
        }
        let all = (ROUNDS * PURCHASES) as u64;
        let mut values = elapsed.into_iter().map(|elapsed| all * 1_000_000 / elapsed.max(1));
        let figure = Figure::new(what, Unit::PerSecond, values.next().unwrap_or_default());
        let before = bench.made.iter().skip(1).zip(values);
        figures.push(before.fold(figure, |figure, (setup, value)| figure.beside(setup.version.name.clone(), value)));
    }
    let about = "Eight clients at once, through a pool of 4; a commit waits for no disk.";
    Ok(Table::new("Purchases", about, figures))
}

/// What each client sends, each under a key of its own.
fn events(setup: &Arc<Setup>, what: &str, accounts: usize, round: usize) -> Vec<Vec<Value>> {
    let token = setup.world.machine_token(&["credits:write"]);
    let purchase = |number: usize| {
        let body = json!({ "user_id": format!("spread|{}", number % accounts), "amount": "10.00" });
        let key = format!("{what}-{round}-{number}").replace([' ', ','], "-");
        let request = TestRequest::post("/api/credits/purchases").bearer(&token).header("idempotency-key", &key);
        request.json(&body).into_event()
    };
    let client = |client: usize| (client..PURCHASES).step_by(CLIENTS).map(purchase).collect();
    (0..CLIENTS).map(client).collect()
}
