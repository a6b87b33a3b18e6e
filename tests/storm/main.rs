//! Storms of operations through the real pooler, each with a simple model that must come to the same end. A
//! failure prints its seed; `STORM_SEED=… make test T=storm` replays the clients' choices.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod money;
mod seats;

use proof::storm::Actor;

const CLIENTS: u64 = 16;

/// Has the clients do this many operations between them, all at once; they come back with what they were told.
async fn blow<A: Actor>(clients: Vec<A>, operations: usize) -> Vec<A> {
    let each = operations / clients.len() + 1;
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                for _ in 0..each {
                    client.act().await;
                }
                client
            })
        })
        .collect();
    let mut clients = Vec::new();
    for task in tasks {
        clients.push(task.await.unwrap());
    }
    clients
}
