//! Cold starts: from the start of a process to its first answer, which took the secret, the issuer's keys and the
//! database.

use std::{path::Path, time::Instant};

use super::{
    Figure, Times, Unit, Wanted,
    jobs::{Crowd, JOBS, Job},
};
use crate::{
    lambda::{Instance, Program},
    progress::step,
    testkit::Ask,
    trouble::Result,
};

const STARTS: u64 = 25;
const WANTED_US: u64 = 40_000;
const WANTED_PERCENT_OF_HELLO: u64 = 1200;

/// The program that only says hello.
pub fn hello() -> Program {
    let checkout = crate::schema::checkout();
    Program::new("hello", [checkout.join("target/release/examples/hello")])
}

pub async fn measure(crowd: &Crowd, home: &Path) -> Result<Vec<Figure>> {
    step(&format!("starting each function {STARTS} times"));
    let port = crowd.world.stack.pgbouncer_port;
    let mut programs = vec![(None, hello(), Times::default())];
    for job in JOBS {
        programs.push((
            Some(job),
            Program::released(job.function).in_world(&crowd.world, port).await,
            Times::default(),
        ));
    }
    // In turn, so that what else the machine does meets all of them.
    for number in 0..STARTS {
        for (job, program, times) in &mut programs {
            start_once(crowd, home, program, *job, number, times).await?;
        }
    }
    let mut programs = programs.into_iter();
    let hello_us = programs.next().map(|(_, _, times)| times.median()).unwrap_or_default();
    let figures = programs.filter_map(|(job, _, times)| {
        let what = format!("{}, {}", job?.function, job?.what);
        let figure = Figure::new("cold start, p50", what, Unit::Microseconds, times.median());
        let figure = figure.beside("hello-world", hello_us);
        Some(figure.wanted(Wanted::AtMost(WANTED_US)).wanted(Wanted::AtMostPercent(WANTED_PERCENT_OF_HELLO)))
    });
    Ok(figures.collect())
}

async fn start_once(
    crowd: &Crowd,
    home: &Path,
    program: &Program,
    job: Option<Job>,
    number: u64,
    times: &mut Times,
) -> Result<()> {
    let ask = job.map_or_else(|| Ask::get("/"), |job| crowd.ask(job, number));
    let event = ask.into_event();
    let started = Instant::now();
    let instance = Instance::start(program, home).await?;
    let returned = instance.invoke(&event).await?;
    times.note(started);
    instance.stop().await;
    super::good(crate::testkit::Answer::from_returned(&returned)).map(drop)
}
