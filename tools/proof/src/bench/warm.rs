//! Warm requests, one after the other, through a release binary and Lambda's runtime API.

use std::{path::Path, time::Instant};

use super::{
    Figure, NODE, Pgbench, Target, Times, Unit, cold, good,
    jobs::{JOBS, Job, Population},
};
use crate::{
    baseline::Baseline,
    lambda::{Instance, Program},
};
use anyhow::Result;
use ops::{progress::step, schema::checkout};
use testkit::{TestRequest, TestResponse, release};

/// Ours and pgbench's in turn, so that what else the machine does meets both.
const ROUNDS: u64 = 3;
const REQUESTS: u64 = 750;
const PGBENCH_SECONDS: u64 = 2;
const WANTED_PERCENT: u64 = 130;
const WANTED_KIB: u64 = 30 * 1024;

pub async fn measure(
    population: &Population,
    pgbench: &Pgbench,
    baseline: &Baseline,
    home: &Path,
) -> Result<Vec<Figure>> {
    let mut table = vec![hello(home).await?];
    let (mut trips, mut the_usual_way, mut memory, mut zips) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for job in JOBS {
        step(&format!("sending warm requests: {}", job.what));
        let (round_trips, script) = population.statement(job).await?;
        let port = population.world.stack.pgbouncer_port;
        let mut ours =
            Warm::start(Program::released(job.function).in_world(&population.world, port).await, home).await?;
        let other = baseline.program(job.function, &population.world, port).await;
        let mut other = match other {
            Some(program) => Some(Warm::start(program, home).await?),
            None => None,
        };
        let mut bare = Times::default();
        for round in 0..=ROUNDS {
            ours.requests(population, job, round).await?;
            if let Some(other) = &mut other {
                other.requests(population, job, round + ROUNDS + 1).await?;
            }
            let run = pgbench.run(port, &script, 1, PGBENCH_SECONDS).await?;
            if round > 0 {
                bare.add(run.times);
            }
        }
        let figure = |percent: usize| {
            let what = format!("{}, p{percent}", job.what);
            let figure = Figure::new("warm request", what, Unit::Microseconds, ours.times.percentile(percent));
            figure.beside("the bare call", bare.percentile(percent))
        };
        table.extend([figure(50).target(Target::AtMostPercent(WANTED_PERCENT)), figure(99)]);
        trips.push(Figure::new("round trips", job.what, Unit::Times, round_trips).target(Target::AtMost(1)));
        let median = ours.times.median();
        let peak = Figure::new("memory, warm", job.function, Unit::Kibibytes, ours.stop().await?);
        let mut peak = peak.target(Target::AtMost(WANTED_KIB));
        if let Some(other) = other {
            let figure = Figure::new("warm, the baseline way", job.what, Unit::Microseconds, median);
            the_usual_way.push(figure.beside(NODE, other.times.median()));
            peak = peak.beside(NODE, other.stop().await?);
        }
        memory.push(peak);
        zips.push(Figure::new("zip", job.function, Unit::Bytes, release::zip_bytes(&checkout(), job.function)?));
    }
    table.extend([trips, the_usual_way, memory, zips].into_iter().flatten());
    Ok(table)
}

/// A warm instance, and how long its requests took.
struct Warm {
    instance: Instance,
    times: Times,
}

impl Warm {
    async fn start(program: Program, home: &Path) -> Result<Self> {
        Ok(Self { instance: Instance::start(&program, home).await?, times: Times::default() })
    }

    async fn requests(&mut self, population: &Population, job: Job, round: u64) -> Result<()> {
        let first = round * REQUESTS;
        let asks = (first..first + REQUESTS).map(|at| population.ask(job, at));
        let times = one_after_the_other(&self.instance, asks).await?;
        // The first round of each warms it up.
        if !round.is_multiple_of(ROUNDS + 1) {
            self.times.add(times);
        }
        Ok(())
    }

    /// Ends it, and tells the most memory that it held, in KiB.
    async fn stop(self) -> Result<u64> {
        let peak_kib = self.instance.peak_resident_kib()?;
        self.instance.stop().await;
        Ok(peak_kib)
    }
}

/// What Lambda's own client costs.
async fn hello(home: &Path) -> Result<Figure> {
    let instance = Instance::start(&cold::hello(), home).await?;
    one_after_the_other(&instance, (0..REQUESTS).map(|_| TestRequest::get("/"))).await?;
    let times = one_after_the_other(&instance, (0..REQUESTS).map(|_| TestRequest::get("/"))).await?;
    instance.stop().await;
    Ok(Figure::new("warm request", "hello-world, p50", Unit::Microseconds, times.median()))
}

/// How long each took, as the function's caller sees it.
pub async fn one_after_the_other(instance: &Instance, asks: impl Iterator<Item = TestRequest>) -> Result<Times> {
    let events: Vec<_> = asks.map(TestRequest::into_event).collect();
    let mut times = Times::default();
    for event in events {
        let started = Instant::now();
        let returned = instance.invoke(&event).await?;
        times.note(started);
        good(TestResponse::from_returned(&returned))?;
    }
    Ok(times)
}
