//! A login over a network that takes its time: each further round trip would cost as much again.

use anyhow::{Result, anyhow};
use std::{path::Path, time::Duration};

use super::{
    Figure, NODE, Pgbench, Target, Times, Unit,
    jobs::{LOGIN, Population},
    warm::one_after_the_other,
};
use crate::{
    baseline::Baseline,
    lambda::{Instance, Program},
};
use ops::progress::step;
use testkit::proxy::Proxy;

const DELAY: Duration = Duration::from_millis(2);
const ROUNDS: u64 = 4;
const REQUESTS: u64 = 150;
const PGBENCH_SECONDS: u64 = 1;
const WANTED_PERCENT: u64 = 125;

pub async fn measure(
    population: &Population,
    pgbench: &Pgbench,
    baseline: &Baseline,
    home: &Path,
) -> Result<Vec<Figure>> {
    step("logging in over a network that takes 2 ms");
    let (_, script) = population.statement(LOGIN).await?;
    let proxy = Proxy::delaying(population.world.stack.pgbouncer_port, DELAY).await?;
    let program = Program::released(LOGIN.function).in_world(&population.world, proxy.port()).await;
    let other = baseline.program(LOGIN.function, &population.world, proxy.port()).await;
    let other = other.ok_or_else(|| anyhow!("there is no baseline login"))?;
    let (ours, other) = (Instance::start(&program, home).await?, Instance::start(&other, home).await?);
    let (mut our_times, mut other_times, mut bare) = (Times::default(), Times::default(), Times::default());
    for round in 0..=ROUNDS {
        let asks = |first: u64| (first..first + REQUESTS).map(|at| population.ask(LOGIN, at));
        let times = one_after_the_other(&ours, asks(round * 2 * REQUESTS)).await?;
        let others = one_after_the_other(&other, asks((round * 2 + 1) * REQUESTS)).await?;
        let run = pgbench.run(proxy.port(), &script, 1, PGBENCH_SECONDS).await?;
        // The first round warms all up.
        if round > 0 {
            our_times.add(times);
            other_times.add(others);
            bare.add(run.times);
        }
    }
    ours.stop().await;
    other.stop().await;
    let figure = || Figure::new("2 ms away", "a login, p50", Unit::Microseconds, our_times.median());
    Ok(vec![
        figure().beside("the bare call", bare.median()).target(Target::AtMostPercent(WANTED_PERCENT)),
        figure().beside(NODE, other_times.median()),
    ])
}
