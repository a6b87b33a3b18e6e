//! What sixteen clients get done at once, through the whole function and the pooler, beside the same calls by
//! pgbench. The functions run in this process: on Lambda each has a processor of its own.

use anyhow::Result;
use std::{sync::Arc, time::Instant};

use super::{
    Figure, Pgbench, Target, Unit, good,
    jobs::{CREDITS, Job, LOGIN, Population, READING, SIGN_UP},
};
use ops::progress::step;
use testkit::{Function, TestRequest};

const CLIENTS: u64 = 16;
/// Ours and pgbench's in turn, so that what else the machine does meets both.
const ROUNDS: u64 = 3;
const REQUESTS_EACH: u64 = 400;
const PGBENCH_SECONDS: u64 = 3;
const WANTED_PERCENT: u64 = 80;

pub async fn measure(population: &Population, pgbench: &Pgbench) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for job in [LOGIN, SIGN_UP, CREDITS, READING] {
        step(&format!("sixteen clients at once: {}", job.what));
        let (ours, bare) = per_second(population, pgbench, job).await?;
        let figure = Figure::new("16 clients", job.what, Unit::PerSecond, ours).beside("by pgbench", bare);
        figures.push(figure.target(Target::AtLeastPercent(WANTED_PERCENT)));
    }
    Ok(figures)
}

async fn per_second(population: &Population, pgbench: &Pgbench, job: Job) -> Result<(u64, u64)> {
    let (_, script) = population.statement(job).await?;
    let port = population.world.stack.pgbouncer_port;
    let mut functions = Vec::new();
    for _ in 0..CLIENTS {
        functions.push(Arc::new(population.function(job, port).await));
    }
    let (mut ours, mut bare) = (0, 0);
    for round in 0..=ROUNDS {
        let rate = ours_per_second(population, job, &functions, round).await?;
        let run = pgbench.run(port, &script, functions.len(), PGBENCH_SECONDS).await?;
        // The first round warms both up.
        if round > 0 {
            ours += rate;
            bare += run.per_second;
        }
    }
    Ok((ours / ROUNDS, bare / ROUNDS))
}

async fn ours_per_second(population: &Population, job: Job, functions: &[Arc<Function>], round: u64) -> Result<u64> {
    let mut clients = Vec::new();
    for (number, function) in (0..).zip(functions) {
        let first = (round * CLIENTS + number) * REQUESTS_EACH;
        let asks: Vec<TestRequest> = (first..first + REQUESTS_EACH).map(|at| population.ask(job, at)).collect();
        clients.push((Arc::clone(function), asks));
    }
    let started = Instant::now();
    let tasks: Vec<_> = clients.into_iter().map(|(function, asks)| tokio::spawn(send_all(function, asks))).collect();
    for task in tasks {
        task.await??;
    }
    let elapsed_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    Ok(CLIENTS * REQUESTS_EACH * 1_000_000 / elapsed_us.max(1))
}

async fn send_all(function: Arc<Function>, asks: Vec<TestRequest>) -> Result<()> {
    for ask in asks {
        good(function.send(ask).await)?;
    }
    Ok(())
}
