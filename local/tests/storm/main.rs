//! Storms of operations through the real pooler, each with a simple model that must come to the same end. A
//! failure prints its seed; `STORM_SEED=… make test T=storm` replays the clients' choices.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that panics has failed, and says how")]

mod diary;
mod money;
mod seats;

use std::{env, future::Future};

const CLIENTS: u64 = 16;

/// One of those who send operations, one after the other.
trait Actor: Send + 'static {
    fn act(&mut self) -> impl Future<Output = ()> + Send;
}

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

/// The seed of this run: given, or drawn and printed.
#[expect(clippy::disallowed_methods, reason = "a replay is told its seed from outside")]
fn seed() -> u64 {
    env::var("STORM_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}
