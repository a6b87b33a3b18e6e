//! What single processes take: from start to answer, one warm request after the other, and in instructions.

use std::{fs, ops::Range, time::Instant};

use anyhow::{Context, Result};

use super::{
    contenders::Contender,
    pgbench,
    setup::succeeded,
    times::{median, since},
};
use crate::lambda::Instance;
use testkit::TestResponse;

/// How often each program is started.
pub const STARTS: u64 = 40;
/// A first one only warms up.
const ROUNDS: u64 = 4;
const PGBENCH_SECONDS: u64 = 1;
/// In a round.
pub const REQUESTS: u64 = 400;

/// From the start of a process to its first answer, the medians: how long it takes, and how much of a processor. The
/// programs take turns, so that other work on the machine slows all of them.
pub async fn cold_starts(contenders: &[&Contender]) -> Result<(Vec<u64>, Vec<u64>)> {
    let mut times = vec![(Vec::new(), Vec::new()); contenders.len()];
    for number in 0..STARTS {
        for (contender, (times, processor)) in contenders.iter().zip(&mut times) {
            let event = contender.job.request(&contender.setup, number).into_event();
            let started = Instant::now();
            let instance = Instance::start(&contender.program, &contender.setup.home).await?;
            let returned = instance.invoke(&event).await?;
            times.push(since(started));
            processor.push(instance.processor_us()?);
            instance.stop().await;
            succeeded(TestResponse::from_returned(&returned)).with_context(|| contender.name.clone())?;
        }
    }
    Ok(times.iter().map(|(times, processor)| (median(times), median(processor))).unzip())
}

/// What warm processes took.
pub struct Warm {
    /// Of each contender.
    pub times: Vec<Vec<u64>>,
    /// The most memory that each held.
    pub peaks_kib: Vec<u64>,
    pub bare_times: Vec<u64>,
}

/// How long the contenders take when they are warm, one request after the other, in turn with each other and with the
/// bare call: the same statement, which pgbench sends to a port.
pub async fn warm_requests(contenders: &[Contender], port: u16, script: &str) -> Result<Warm> {
    let mut instances = Vec::new();
    for Contender { program, setup, .. } in contenders {
        instances.push(Instance::start(program, &setup.home).await?);
    }
    let (mut times, mut bare_times) = (vec![Vec::new(); instances.len()], Vec::new());
    // Each request is another one.
    let mut first = 0;
    for round in 0..=ROUNDS {
        for ((contender, instance), times) in contenders.iter().zip(&instances).zip(&mut times) {
            let taken = one_after_the_other(contender, instance, first..first + REQUESTS).await?;
            first += REQUESTS;
            if round > 0 {
                times.extend(taken);
            }
        }
        let (_, taken) = pgbench::run(&contenders[0].setup, port, script, 1, PGBENCH_SECONDS).await?;
        if round > 0 {
            bare_times.extend(taken);
        }
    }
    let mut peaks_kib = Vec::new();
    for instance in instances {
        peaks_kib.push(instance.peak_resident_kib()?);
        instance.stop().await;
    }
    Ok(Warm { times, peaks_kib, bare_times })
}

/// How long each request took, as the function's caller sees it.
pub async fn one_after_the_other(contender: &Contender, instance: &Instance, numbers: Range<u64>) -> Result<Vec<u64>> {
    let events: Vec<_> = numbers.map(|number| contender.job.request(&contender.setup, number).into_event()).collect();
    let mut times = Vec::new();
    for event in events {
        let started = Instant::now();
        let returned = instance.invoke(&event).await?;
        times.push(since(started));
        succeeded(TestResponse::from_returned(&returned)).with_context(|| contender.name.clone())?;
    }
    Ok(times)
}

/// The start takes the same with few requests and with many, so the difference is the requests'.
pub async fn instructions(contender: &Contender) -> Result<u64> {
    let (few, many) = (count(contender, 50).await?, count(contender, 250).await?);
    Ok(many.saturating_sub(few) / 200)
}

/// What a process that answers so many requests takes from its start to its end.
async fn count(contender: &Contender, requests: u64) -> Result<u64> {
    let home = &contender.setup.home;
    let log = home.join("callgrind.log");
    let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"].map(str::to_owned);
    let log_file = format!("--log-file={}", log.display());
    let program = contender.program.clone().under(valgrind.into_iter().chain([log_file]));
    let instance = Instance::start(&program, home).await?;
    // Not those of the other count again.
    one_after_the_other(contender, &instance, requests..2 * requests).await?;
    instance.stop().await;
    let log = fs::read_to_string(&log).context("reading callgrind's count")?;
    let counted = log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.context(log)
}
