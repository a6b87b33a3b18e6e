//! Processes of functions behind Lambda's runtime API: how long they take to start and to answer when warm, what they
//! hold, and how many instructions a request takes.

use anyhow::{Context, Result};
use std::{
    fs,
    ops::Range,
    process::Command,
    time::{Duration, Instant},
};

use super::{
    figure::{Figure, Limit, Table, Unit},
    jobs::{HELLO, JOBS, Job, LOGIN, Setup, succeeded},
    pgbench,
    times::{median, percentile, since},
};
use crate::lambda::{Instance, Program};
use ops::{progress::step, schema::checkout};
use testkit::{TestResponse, proxy::Proxy, release};

/// How often each program is started.
const STARTS: usize = 25;
/// A first one only warms up.
const ROUNDS: u64 = 3;
const PGBENCH_SECONDS: u64 = 2;
/// In a round.
const REQUESTS: u64 = 750;
pub const DELAY: Duration = Duration::from_millis(2);

/// Cold starts beside that of hello-world.
pub async fn measure_cold(setup: &Setup<'_>) -> Result<Vec<Table>> {
    step(&format!("starting each function {STARTS} times"));
    let mut programs = vec![(HELLO, hello())];
    for job in JOBS {
        programs.push((job, setup.program(job, setup.port).await));
    }
    let medians = cold_starts(setup, &programs).await?;
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

/// Warm requests, one after the other, and what the processes hold and are.
pub async fn measure_warm(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let hello = warm_requests(setup, HELLO, &[hello()], None).await?;
    let mut requests = vec![Figure::new("hello-world, p50", Unit::Microseconds, median(&hello.times[0]))];
    let (mut trips, mut memory, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for job in JOBS {
        step(&format!("sending warm requests: {}", job.what));
        let (round_trips, script) = setup.statement(job).await?;
        let programs = [setup.program(job, setup.port).await];
        let warm = warm_requests(setup, job, &programs, Some((setup.port, &script))).await?;
        let figure = |percent| {
            Figure::new(format!("{}, p{percent}", job.what), Unit::Microseconds, percentile(&warm.times[0], percent))
                .beside("the bare call", percentile(&warm.bare_times, percent))
        };
        requests.extend([figure(50).limit(Limit::AtMostPercent(130)), figure(99)]);
        trips.push(Figure::new(job.what, Unit::Count, round_trips).limit(Limit::AtMost(1)));
        memory.push(Figure::new(job.function, Unit::Kibibytes, warm.peaks_kib[0]).limit(Limit::AtMost(30 * 1024)));
        sizes.push(Figure::new(job.function, Unit::Bytes, release::zip_bytes(&checkout(), job.function)?));
    }
    let about = format!(
        "{REQUESTS} requests a round, one after the other, through a release binary and Lambda's runtime API. Beside it: \
         the same SQL statement, sent by `pgbench` through the same pooler."
    );
    Ok(vec![
        Table::new("Warm request", about, requests),
        Table::new("Round trips", "To the database, counted by a proxy.", trips),
        Table::new("Memory", "The most that a warm process held.", memory),
        Table::new("Size", "The zip that Lambda loads.", sizes),
    ])
}

/// A login over a network that takes its time: each further round trip would cost as much again.
pub async fn measure_over_slow_network(setup: &Setup<'_>) -> Result<Vec<Table>> {
    step("logging in over a network that takes 2 ms");
    let (_, script) = setup.statement(LOGIN).await?;
    let proxy = Proxy::start(setup.port).await?;
    proxy.delay(DELAY);
    let programs = [setup.program(LOGIN, proxy.port).await];
    let slow = warm_requests(setup, LOGIN, &programs, Some((proxy.port, &script))).await?;
    let figure = Figure::new("a login, p50", Unit::Microseconds, median(&slow.times[0]));
    let figure = figure.beside("the bare call", median(&slow.bare_times)).limit(Limit::AtMostPercent(125));
    Ok(vec![Table::new("Slow network", "The database 2 ms away.", vec![figure])])
}

/// How many instructions a warm request takes in the function.
pub async fn measure_instructions(setup: &Setup<'_>) -> Result<Vec<Table>> {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        step("this machine has no valgrind: the instructions of a request are left out");
        return Ok(Vec::new());
    }
    let mut figures = Vec::new();
    for job in JOBS {
        step(&format!("counting instructions: {}", job.what));
        // The start takes the same in both, so the difference is the requests'.
        let (few, many) = (count(setup, job, 50).await?, count(setup, job, 250).await?);
        figures.push(Figure::new(job.what, Unit::Count, many.saturating_sub(few) / 200));
    }
    let about = "Of one warm request, counted by callgrind: other work on the machine does not change them.";
    Ok(vec![Table::new("Instructions", about, figures)])
}

/// What a process that answers so many requests takes from its start to its end.
async fn count(setup: &Setup<'_>, job: Job, requests: u64) -> Result<u64> {
    let log = setup.stack.home.join("callgrind.log");
    let valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"].map(str::to_owned);
    let program = setup.program(job, setup.port).await;
    let program = program.under(valgrind.into_iter().chain([format!("--log-file={}", log.display())]));
    let instance = Instance::start(&program, &setup.stack.home).await?;
    // Not those of the other count again.
    one_after_the_other(setup, &instance, job, requests..2 * requests).await?;
    instance.stop().await;
    let log = fs::read_to_string(&log).context("reading callgrind's count")?;
    let counted = log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok());
    counted.context(log)
}

/// How long it takes from the start of a process to its first answer, the median: the programs in turn, so that other
/// work on the machine slows all of them.
pub async fn cold_starts(setup: &Setup<'_>, programs: &[(Job, Program)]) -> Result<Vec<u64>> {
    let mut times = vec![Vec::new(); programs.len()];
    let mut numbers = 0..;
    for _ in 0..STARTS {
        for (((job, program), times), number) in programs.iter().zip(&mut times).zip(&mut numbers) {
            let event = setup.request(*job, number).into_event();
            let started = Instant::now();
            let instance = Instance::start(program, &setup.stack.home).await?;
            let returned = instance.invoke(&event).await?;
            times.push(since(started));
            instance.stop().await;
            succeeded(TestResponse::from_returned(&returned))?;
        }
    }
    Ok(times.iter().map(|times| median(times)).collect())
}

/// The least that a function can be, on the same runtime.
pub fn hello() -> Program {
    Program::new("hello", [checkout().join("target/release/examples/hello")])
}

/// What warm processes took.
pub struct Warm {
    /// Of each program.
    pub times: Vec<Vec<u64>>,
    /// The most memory that each held.
    pub peaks_kib: Vec<u64>,
    pub bare_times: Vec<u64>,
}

/// How long the programs take for a job when they are warm, one request after the other, in turn with each
/// other and with the bare call: the same statement, which pgbench sends to a port.
pub async fn warm_requests(
    setup: &Setup<'_>,
    job: Job,
    programs: &[Program],
    bare: Option<(u16, &str)>,
) -> Result<Warm> {
    let mut instances = Vec::new();
    for program in programs {
        instances.push(Instance::start(program, &setup.stack.home).await?);
    }
    let (mut times, mut bare_times) = (vec![Vec::new(); instances.len()], Vec::new());
    // Each request is another one.
    let mut first = 0;
    for round in 0..=ROUNDS {
        for (instance, times) in instances.iter().zip(&mut times) {
            let taken = one_after_the_other(setup, instance, job, first..first + REQUESTS).await?;
            first += REQUESTS;
            if round > 0 {
                times.extend(taken);
            }
        }
        if let Some((port, script)) = bare {
            let (_, taken) = pgbench::run(setup, port, script, 1, PGBENCH_SECONDS).await?;
            if round > 0 {
                bare_times.extend(taken);
            }
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
pub async fn one_after_the_other(
    setup: &Setup<'_>,
    instance: &Instance,
    job: Job,
    numbers: Range<u64>,
) -> Result<Vec<u64>> {
    let events: Vec<_> = numbers.map(|number| setup.request(job, number).into_event()).collect();
    let mut times = Vec::new();
    for event in events {
        let started = Instant::now();
        let returned = instance.invoke(&event).await?;
        times.push(since(started));
        succeeded(TestResponse::from_returned(&returned))?;
    }
    Ok(times)
}
