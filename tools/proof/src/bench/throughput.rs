//! What sixteen clients get done at once through the whole function and the pooler, beside the same calls by pgbench.
//! The functions run in this process.

use anyhow::Result;
use std::{sync::Arc, time::Instant};

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::{CREDITS, Job, LOGIN, READING, SIGN_UP, succeeded},
    setup::Setup,
};
use ops::progress::step;
use testkit::{Function, TestRequest, TestResponse};

const CLIENTS: u64 = 16;
/// Ours and pgbench's in turn, so that other work on the machine slows both; the first round only warms up.
const ROUNDS: u64 = 3;
const REQUESTS_EACH: u64 = 400;
const PGBENCH_SECONDS: u64 = 3;

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let mut figures = Vec::new();
    for job in [LOGIN, SIGN_UP, CREDITS, READING] {
        step(&format!("sixteen clients at once: {}", job.what));
        let (ours, bare) = per_second(setup, job).await?;
        let figure = Figure::new(job.what, Unit::PerSecond, ours).beside("by pgbench", bare);
        figures.push(figure.limit(Limit::AtLeastPercent(80)));
    }
    let about = "At once, each with an instance of its own; `pgbench` with as many.";
    Ok(vec![Table::new("Sixteen clients", about, figures)])
}

async fn per_second(setup: &Setup<'_>, job: Job) -> Result<(u64, u64)> {
    let (population, port) = (&setup.population, setup.port());
    let (_, script) = population.statement(job).await?;
    let mut functions = Vec::new();
    for _ in 0..CLIENTS {
        functions.push(Arc::new(population.function(job, port).await));
    }
    let (mut ours, mut bare) = (0, 0);
    for round in 0..=ROUNDS {
        let requests = |client: u64| {
            let first = (round * CLIENTS + client) * REQUESTS_EACH;
            (first..first + REQUESTS_EACH).map(|at| population.request(job, at)).collect()
        };
        let clients = (0..).zip(&functions).map(|(client, function)| (Arc::clone(function), requests(client)));
        let elapsed_us = send_at_once(clients.collect(), succeeded).await?;
        let run = setup.pgbench.run(port, &script, functions.len(), PGBENCH_SECONDS).await?;
        if round > 0 {
            ours += CLIENTS * REQUESTS_EACH * 1_000_000 / elapsed_us;
            bare += run.per_second;
        }
    }
    Ok((ours / ROUNDS, bare / ROUNDS))
}

/// All clients send at once, each its requests one after the other; how long that takes, in microseconds.
///
/// # Errors
/// When `check` refuses an answer.
pub async fn send_at_once(
    clients: Vec<(Arc<Function>, Vec<TestRequest>)>,
    check: fn(TestResponse) -> Result<()>,
) -> Result<u64> {
    let started = Instant::now();
    let send_all = |(function, requests): (Arc<Function>, Vec<TestRequest>)| async move {
        for request in requests {
            check(function.send(request).await)?;
        }
        anyhow::Ok(())
    };
    let tasks: Vec<_> = clients.into_iter().map(|client| tokio::spawn(send_all(client))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX).max(1))
}
