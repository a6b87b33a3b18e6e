//! Cold starts beside that of hello-world.

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::{HELLO, JOBS},
    processes::{cold_starts, hello},
    setup::Setup,
    times::Times,
};
use crate::lambda::Program;
use anyhow::Result;
use ops::progress::step;

pub const STARTS: u64 = 25;

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    step(&format!("starting each function {STARTS} times"));
    let mut programs = vec![(HELLO, hello())];
    for job in JOBS {
        let program = Program::released(job.function).in_world(&setup.population.world, setup.port()).await;
        programs.push((job, program));
    }
    let medians: Vec<u64> =
        cold_starts(&setup.population, setup.home, &programs, STARTS).await?.iter().map(Times::median).collect();
    let figures = JOBS.iter().zip(&medians[1..]).map(|(job, median)| {
        Figure::new(format!("{}, {}", job.function, job.what), Unit::Microseconds, *median)
            .beside("hello-world", medians[0])
            .limit(Limit::AtMost(40_000))
            .limit(Limit::AtMostPercent(1200))
    });
    let about = format!(
        "Median of {STARTS} starts, from the start of a process to its first answer: it has read the secret and the \
         issuer's keys, and connected to the database. Beside it: hello-world on the same runtime."
    );
    Ok(vec![Table::new("Cold start", about, figures.collect())])
}
