//! How many instructions a warm request takes in the function, counted by callgrind: the one figure that no other
//! work on the machine changes.

use anyhow::{Context, Result, anyhow};
use std::{fs, path::Path, process::Command};

use super::{
    Figure, Unit,
    jobs::{JOBS, Job, Population},
    warm::one_after_the_other,
};
use crate::lambda::{Instance, Program};
use ops::progress::step;

const FEW: u64 = 50;
const MANY: u64 = 250;

pub async fn measure(population: &Population, home: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        step("this machine has no valgrind: the instructions of a request are left out");
        return Ok(figures);
    }
    for job in JOBS {
        step(&format!("counting instructions: {}", job.what));
        // What is not the start-up's is the requests'.
        let (few, many) = (count(population, home, job, FEW).await?, count(population, home, job, MANY).await?);
        let each = many.saturating_sub(few) / (MANY - FEW);
        figures.push(Figure::new("instructions", job.what, Unit::Instructions, each));
    }
    Ok(figures)
}

/// All that a process does that answers so many requests.
async fn count(population: &Population, home: &Path, job: Job, requests: u64) -> Result<u64> {
    let log = home.join("callgrind.log");
    let program =
        Program::released(job.function).in_world(&population.world, population.world.stack.pgbouncer_port).await;
    let words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let words = words.into_iter().map(str::to_owned);
    let instance =
        Instance::start(&program.under(words.chain([format!("--log-file={}", log.display())])), home).await?;
    // Those of the other count are not sent again.
    one_after_the_other(&instance, (requests..2 * requests).map(|at| population.ask(job, at))).await?;
    instance.stop().await;
    let told = fs::read_to_string(&log).context("reading callgrind's count")?;
    let counted = told.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.ok_or_else(|| anyhow!("callgrind counted nothing: {told}"))
}
