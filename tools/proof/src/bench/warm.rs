//! Warm requests, one after the other, through a release binary and Lambda's runtime API.

use std::time::Duration;

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::{HELLO, JOBS, LOGIN},
    processes::{BareCall, Rounds, hello, warm_requests},
    setup::Setup,
    times::Times,
};
use crate::lambda::Program;
use anyhow::Result;
use ops::{progress::step, schema::checkout};
use testkit::{proxy::Proxy, release};

pub const ROUNDS: Rounds = Rounds { rounds: 3, requests: 750, pgbench_seconds: 2 };
/// Over a slow network.
pub const SLOW_ROUNDS: Rounds = Rounds { rounds: 4, requests: 150, pgbench_seconds: 1 };
pub const DELAY: Duration = Duration::from_millis(2);

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let (population, home, port) = (&setup.population, setup.home, setup.port());
    let hello = &warm_requests(population, home, HELLO, &[&hello()], None, ROUNDS).await?[0];
    let mut requests = vec![Figure::new("hello-world, p50", Unit::Microseconds, hello.times.median())];
    let (mut trips, mut memory, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for job in JOBS {
        step(&format!("sending warm requests: {}", job.what));
        let (round_trips, script) = population.statement(job).await?;
        let program = Program::released(job.function).in_world(&population.world, port).await;
        let mut bare = BareCall { pgbench: &setup.pgbench, port, script, times: Times::default() };
        let ours = &warm_requests(population, home, job, &[&program], Some(&mut bare), ROUNDS).await?[0];
        let figure = |percent: usize| {
            let what = format!("{}, p{percent}", job.what);
            let figure = Figure::new(what, Unit::Microseconds, ours.times.percentile(percent));
            figure.beside("the bare call", bare.times.percentile(percent))
        };
        requests.extend([figure(50).limit(Limit::AtMostPercent(130)), figure(99)]);
        trips.push(Figure::new(job.what, Unit::Count, round_trips).limit(Limit::AtMost(1)));
        memory.push(Figure::new(job.function, Unit::Kibibytes, ours.peak_kib).limit(Limit::AtMost(30 * 1024)));
        sizes.push(Figure::new(job.function, Unit::Bytes, release::zip_bytes(&checkout(), job.function)?));
    }
    let about = format!(
        "{} requests a round, one after the other, through a release binary and Lambda's runtime API. Beside it: the \
         same SQL statement, sent by `pgbench` through the same pooler.",
        ROUNDS.requests
    );
    Ok(vec![
        Table::new("Warm request", about, requests),
        Table::new("Round trips", "To the database, counted by a proxy.", trips),
        Table::new("Memory", "The most that a warm process held.", memory),
        Table::new("Size", "The zip that Lambda loads.", sizes),
    ])
}

/// A login over a network that takes its time: each further round trip would cost as much again.
pub async fn measure_over_slow_network(setup: &Setup<'_>) -> Result<Vec<Table>> {
    step("logging in over a network that takes 2 ms");
    let (_, script) = setup.population.statement(LOGIN).await?;
    let proxy = Proxy::start(setup.port()).await?;
    proxy.delay(DELAY);
    let port = proxy.port;
    let program = Program::released(LOGIN.function).in_world(&setup.population.world, port).await;
    let mut bare = BareCall { pgbench: &setup.pgbench, port, script, times: Times::default() };
    let (population, home) = (&setup.population, setup.home);
    let ours = &warm_requests(population, home, LOGIN, &[&program], Some(&mut bare), SLOW_ROUNDS).await?[0];
    let figure = Figure::new("a login, p50", Unit::Microseconds, ours.times.median());
    let figure = figure.beside("the bare call", bare.times.median()).limit(Limit::AtMostPercent(125));
    Ok(vec![Table::new("Slow network", "The database 2 ms away.", vec![figure])])
}
