//! How many instructions a warm request takes in the function, counted by callgrind: other work on the machine does
//! not change them.

use anyhow::{Context, Result, anyhow};
use std::{fs, process::Command};

use super::{
    figure::{Figure, Table, Unit},
    jobs::{JOBS, Job},
    processes::one_after_the_other,
    setup::Setup,
};
use crate::lambda::{Instance, Program};
use ops::progress::step;

const FEW: u64 = 50;
const MANY: u64 = 250;

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        step("this machine has no valgrind: the instructions of a request are left out");
        return Ok(Vec::new());
    }
    let mut figures = Vec::new();
    for job in JOBS {
        step(&format!("counting instructions: {}", job.what));
        // The start takes the same in both, so the difference is the requests'.
        let (few, many) = (count(setup, job, FEW).await?, count(setup, job, MANY).await?);
        figures.push(Figure::new(job.what, Unit::Count, many.saturating_sub(few) / (MANY - FEW)));
    }
    let about = "Of one warm request, counted by callgrind: other work on the machine does not change them.";
    Ok(vec![Table::new("Instructions", about, figures)])
}

/// What a process that answers so many requests takes from its start to its end.
async fn count(setup: &Setup<'_>, job: Job, requests: u64) -> Result<u64> {
    let log = setup.home.join("callgrind.log");
    let program = Program::released(job.function).in_world(&setup.population.world, setup.port()).await;
    let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"].map(str::to_owned);
    let program = program.under(valgrind.into_iter().chain([format!("--log-file={}", log.display())]));
    let instance = Instance::start(&program, setup.home).await?;
    // Not those of the other count again.
    one_after_the_other(&instance, &setup.population, job, requests..2 * requests).await?;
    instance.stop().await;
    let log = fs::read_to_string(&log).context("reading callgrind's count")?;
    let counted = log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.ok_or_else(|| anyhow!("callgrind counted nothing: {log}"))
}
