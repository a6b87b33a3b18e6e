//! Cold starts: from the start of a process to its first answer, which took the secret, the issuer's keys and the
//! database.

use std::{path::Path, time::Instant};

use super::{
    Figure, NODE, Target, Times, Unit, good,
    jobs::{JOBS, Job, Population},
};
use crate::{
    baseline::Baseline,
    lambda::{Instance, Program},
};
use anyhow::Result;
use ops::{progress::step, schema};
use testkit::{TestRequest, TestResponse};

const STARTS: u64 = 25;
const WANTED_US: u64 = 40_000;
const WANTED_PERCENT_OF_HELLO: u64 = 1200;

/// The program that only says hello.
pub fn hello() -> Program {
    Program::new("hello", [schema::checkout().join("target/release/examples/hello")])
}

pub async fn measure(population: &Population, baseline: &Baseline, home: &Path) -> Result<Vec<Figure>> {
    step(&format!("starting each function {STARTS} times"));
    let (world, port) = (&population.world, population.world.stack.pgbouncer_port);
    let mut hello = Starts::of(None, hello());
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for job in JOBS {
        ours.push(Starts::of(Some(job), Program::released(job.function).in_world(world, port).await));
        if let Some(program) = baseline.program(job.function, world, port).await {
            others.push(Starts::of(Some(job), program));
        }
    }
    // In turn, so that what else the machine does meets all of them.
    let mut numbers = 0..;
    for _ in 0..STARTS {
        for (starts, number) in [&mut hello].into_iter().chain(&mut ours).chain(&mut others).zip(&mut numbers) {
            starts.start_once(population, home, number).await?;
        }
    }
    let mut figures: Vec<Figure> = ours.iter().filter_map(|ours| beside_hello(ours, &hello)).collect();
    for other in &others {
        let same = ours.iter().find(|ours| ours.job.map(|job| job.function) == other.job.map(|job| job.function));
        figures.extend(same.and_then(|ours| beside_the_usual_way(ours, other)));
    }
    Ok(figures)
}

fn beside_hello(ours: &Starts, hello: &Starts) -> Option<Figure> {
    let what = format!("{}, {}", ours.job?.function, ours.job?.what);
    let figure = Figure::new("cold start, p50", what, Unit::Microseconds, ours.times.median());
    let figure = figure.beside("hello-world", hello.times.median());
    Some(figure.target(Target::AtMost(WANTED_US)).target(Target::AtMostPercent(WANTED_PERCENT_OF_HELLO)))
}

fn beside_the_usual_way(ours: &Starts, other: &Starts) -> Option<Figure> {
    let figure = Figure::new("cold start, the baseline way", ours.job?.what, Unit::Microseconds, ours.times.median());
    Some(figure.beside(NODE, other.times.median()))
}

/// The starts of one program.
struct Starts {
    job: Option<Job>,
    program: Program,
    times: Times,
}

impl Starts {
    fn of(job: Option<Job>, program: Program) -> Self {
        Self { job, program, times: Times::default() }
    }

    async fn start_once(&mut self, population: &Population, home: &Path, number: u64) -> Result<()> {
        let event = self.job.map_or_else(|| TestRequest::get("/"), |job| population.ask(job, number)).into_event();
        let started = Instant::now();
        let instance = Instance::start(&self.program, home).await?;
        let returned = instance.invoke(&event).await?;
        self.times.note(started);
        instance.stop().await;
        good(TestResponse::from_returned(&returned)).map(drop)
    }
}
