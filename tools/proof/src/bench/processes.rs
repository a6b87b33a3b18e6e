//! Processes of functions behind Lambda's runtime API: how long they take to start, and to answer when warm.

use std::{path::Path, time::Instant};

use super::{
    jobs::{Job, Population, succeeded},
    pgbench::Pgbench,
    times::Times,
};
use crate::lambda::{Instance, Program};
use anyhow::Result;
use ops::schema;
use testkit::{TestRequest, TestResponse};

/// How long it takes from the start of a process to its first answer: the programs in turn, so that other work on the
/// machine slows all of them.
///
/// # Errors
/// When a program cannot be started or refuses a request.
pub async fn cold_starts(
    population: &Population,
    home: &Path,
    programs: &[(Job, Program)],
    starts: u64,
) -> Result<Vec<Times>> {
    let mut times: Vec<Times> = programs.iter().map(|_| Times::default()).collect();
    let mut numbers = 0..;
    for _ in 0..starts {
        for (((job, program), times), number) in programs.iter().zip(&mut times).zip(&mut numbers) {
            let event = population.request(*job, number).into_event();
            let started = Instant::now();
            let instance = Instance::start(program, home).await?;
            let returned = instance.invoke(&event).await?;
            times.add_since(started);
            instance.stop().await;
            succeeded(TestResponse::from_returned(&returned))?;
        }
    }
    Ok(times)
}

/// The least that a function can be, on the same runtime.
pub fn hello() -> Program {
    Program::new("hello", [schema::checkout().join("target/release/examples/hello")])
}

/// How much is sent in turn; the first of the rounds only warms up.
pub struct Rounds {
    pub rounds: u64,
    pub requests: u64,
    pub pgbench_seconds: u64,
}

/// The same statement by pgbench.
pub struct BareCall<'a> {
    pub pgbench: &'a Pgbench,
    pub port: u16,
    pub script: String,
    pub times: Times,
}

/// What a warm process took.
pub struct Warm {
    pub times: Times,
    /// The most memory that it held.
    pub peak_kib: u64,
}

/// How long the programs take for a job when they are warm, one request after the other, in turn with each other and
/// with the bare call.
///
/// # Errors
/// When a program cannot be started or refuses a request.
pub async fn warm_requests(
    population: &Population,
    home: &Path,
    job: Job,
    programs: &[&Program],
    mut bare: Option<&mut BareCall<'_>>,
    Rounds { rounds, requests, pgbench_seconds }: Rounds,
) -> Result<Vec<Warm>> {
    let mut instances = Vec::new();
    for program in programs {
        instances.push((Instance::start(program, home).await?, Times::default()));
    }
    // Each request is another one.
    let mut first = 0;
    for round in 0..=rounds {
        for (instance, times) in &mut instances {
            let taken = one_after_the_other(instance, population, job, first..first + requests).await?;
            first += requests;
            if round > 0 {
                times.extend(taken);
            }
        }
        if let Some(bare) = &mut bare {
            let run = bare.pgbench.run(bare.port, &bare.script, 1, pgbench_seconds).await?;
            if round > 0 {
                bare.times.extend(run.times);
            }
        }
    }
    let mut warm = Vec::new();
    for (instance, times) in instances {
        warm.push(Warm { times, peak_kib: instance.peak_resident_kib()? });
        instance.stop().await;
    }
    Ok(warm)
}

/// How long each request took, as the function's caller sees it.
///
/// # Errors
/// When one is refused.
pub async fn one_after_the_other(
    instance: &Instance,
    population: &Population,
    job: Job,
    numbers: std::ops::Range<u64>,
) -> Result<Times> {
    let events: Vec<_> = numbers.map(|at| population.request(job, at)).map(TestRequest::into_event).collect();
    let mut times = Times::default();
    for event in events {
        let started = Instant::now();
        let returned = instance.invoke(&event).await?;
        times.add_since(started);
        succeeded(TestResponse::from_returned(&returned))?;
    }
    Ok(times)
}
