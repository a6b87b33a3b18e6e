//! Warm requests, one after the other, through a release binary and Lambda's runtime API.

use std::{path::Path, time::Instant};

use super::{
    Figure, Pgbench, Times, Unit, Wanted, cold, good,
    jobs::{Crowd, JOBS, Job},
};
use crate::{
    lambda::{Instance, Program},
    progress::step,
    release,
    schema::checkout,
    testkit::{Answer, Ask},
    trouble::Result,
};

/// Ours and pgbench's in turn, so that what else the machine does meets both.
const ROUNDS: u64 = 4;
const REQUESTS: u64 = 750;
const PGBENCH_SECONDS: u64 = 2;
const WANTED_PERCENT: u64 = 130;
const WANTED_KIB: u64 = 30 * 1024;

pub async fn measure(crowd: &Crowd, pgbench: &Pgbench, home: &Path) -> Result<Vec<Figure>> {
    let hello = hello(home).await?;
    let mut figures = vec![
        Figure::new("warm request", "hello-world, p50", Unit::Microseconds, hello.percentile(50)),
        Figure::new("warm request", "hello-world, p99", Unit::Microseconds, hello.percentile(99)),
    ];
    let (mut round_trips, mut memory) = (Vec::new(), Vec::new());
    for job in JOBS {
        step(&format!("sending warm requests: {}", job.what));
        let (trips, script) = crowd.statement(job).await?;
        let Warm { ours, bare, peak_kib } = requests(crowd, pgbench, home, job, &script).await?;
        let figure = |percent: usize| {
            let what = format!("{}, p{percent}", job.what);
            let figure = Figure::new("warm request", what, Unit::Microseconds, ours.percentile(percent));
            figure.beside("the bare call", bare.percentile(percent))
        };
        figures.push(figure(50).wanted(Wanted::AtMostPercent(WANTED_PERCENT)));
        figures.push(figure(99));
        let trips = Figure::new("round trips", job.what, Unit::Times, trips);
        round_trips.push(trips.wanted(Wanted::AtMost(1)));
        let peak = Figure::new("memory, warm", job.function, Unit::Kibibytes, peak_kib);
        memory.push(peak.wanted(Wanted::AtMost(WANTED_KIB)));
    }
    figures.extend(round_trips);
    figures.extend(memory);
    for job in JOBS {
        let bytes = release::zip_bytes(&checkout(), job.function)?;
        figures.push(Figure::new("zip", job.function, Unit::Bytes, bytes));
    }
    Ok(figures)
}

struct Warm {
    ours: Times,
    bare: Times,
    peak_kib: u64,
}

async fn requests(crowd: &Crowd, pgbench: &Pgbench, home: &Path, job: Job, script: &str) -> Result<Warm> {
    let port = crowd.world.stack.pgbouncer_port;
    let program = Program::released(job.function).in_world(&crowd.world, port).await;
    let instance = Instance::start(&program, home).await?;
    let (mut ours, mut bare) = (Times::default(), Times::default());
    for round in 0..=ROUNDS {
        let first = round * REQUESTS;
        let asks = (first..first + REQUESTS).map(|at| crowd.ask(job, at));
        let times = one_after_the_other(&instance, asks).await?;
        // The first round warms both up.
        if round > 0 {
            ours.add(times);
            bare.add(pgbench.run(port, script, 1, PGBENCH_SECONDS).await?.times);
        }
    }
    let peak_kib = instance.peak_resident_kib()?;
    instance.stop().await;
    Ok(Warm { ours, bare, peak_kib })
}

async fn hello(home: &Path) -> Result<Times> {
    let instance = Instance::start(&cold::hello(), home).await?;
    one_after_the_other(&instance, (0..REQUESTS).map(|_| Ask::get("/"))).await?;
    let times = one_after_the_other(&instance, (0..REQUESTS).map(|_| Ask::get("/"))).await?;
    instance.stop().await;
    Ok(times)
}

/// How long each took, as the function's caller sees it.
pub async fn one_after_the_other(instance: &Instance, asks: impl Iterator<Item = Ask>) -> Result<Times> {
    let events: Vec<_> = asks.map(Ask::into_event).collect();
    let mut times = Times::default();
    for event in events {
        let started = Instant::now();
        let returned = instance.invoke(&event).await?;
        times.note(started);
        good(Answer::from_returned(&returned))?;
    }
    Ok(times)
}
