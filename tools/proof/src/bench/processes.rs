//! Processes of functions behind Lambda's runtime API: how long they take to start and to answer when warm, what they
//! hold, and how many instructions a request takes.

use std::{process::Command, time::Duration};

use anyhow::Result;

use super::{
    contenders::{Bench, Contender, beside_others, hello},
    figure::{Figure, Table},
    goal::{Bound, Goal},
    jobs::{CREDITS, HELLO, JOBS, LOGIN},
    runs::{REQUESTS, STARTS, cold_starts, instructions, warm_requests},
    times::{median, percentile},
    unit::Unit,
};
use ops::progress::step;
use testkit::{proxy::Proxy, release};

const DELAY: Duration = Duration::from_millis(2);

const HELLO_AND_CALL: &str = "hello-world and the bare call";

/// Cold starts beside that of hello-world: how long they take, and how much of a processor.
pub async fn measure_cold(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    let setups = bench.setups().await;
    step(&format!("starting each function {STARTS} times"));
    let hello = [hello(&setups[0])];
    let (mut times, mut processor) = (Vec::new(), Vec::new());
    for job in JOBS {
        let contenders = bench.contenders(&setups, job, setups[0].port).await?;
        let all: Vec<&Contender> = contenders.iter().chain(&hello).collect();
        let (all_times, all_processor) = cold_starts(&all).await?;
        let what = format!("{}, {}", job.function, job.what);
        for (figures, values) in [(&mut times, &all_times), (&mut processor, &all_processor)] {
            let figure = Figure::new(&what, Unit::Microseconds, values[0]).beside(HELLO.what, values[all.len() - 1]);
            figures.push(beside_others(figure, &contenders, values));
        }
    }
    let goal = |line, most, of, limit| Goal::new(line, Bound::PercentAtMost(most), of, limit);
    let exec = "exec 1.6, secret 3.8, connect 3.4 ms";
    let times = times.into_iter().zip(JOBS).map(|(figure, job)| {
        let figure = figure.goal(goal("a cold start, p50", 80, "before", exec));
        if job.is_in_node() { figure.goal(goal("a cold start, p50", 11, "Node, best", exec)) } else { figure }
    });
    let processor = processor.into_iter();
    let processor =
        processor.map(|figure| figure.goal(goal("processor time of a cold start", 62, "before", "linking, SCRAM")));
    let about = format!(
        "Median of {STARTS} starts, from the start of a process to its first answer: it has read the secret, and connected \
         to the database; all but the login, which is signed, have waited for the issuer's keys too. 3 to 4 ms of it are Secrets Manager's emulator, which is a server in Python."
    );
    let about_processor = "Of the same starts: what all threads of the process took until the first answer. On Lambda it \
        counts more, where a core is slower.";
    Ok(vec![
        Table::new("Cold start", about, times.collect()),
        Table::new("Processor time of a cold start", about_processor, processor.collect()),
    ])
}

/// Warm requests, one after the other, and what the processes hold and are.
pub async fn measure_warm(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    let setups = bench.setups().await;
    let (mut requests, mut trips, mut memory, mut sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for job in JOBS {
        step(&format!("sending warm requests: {}", job.what));
        let (round_trips, script) = job.statement(&setups[0]).await?;
        let mut contenders = bench.contenders(&setups, job, setups[0].port).await?;
        contenders.push(hello(&setups[0]));
        let warm = warm_requests(&contenders, setups[0].port, &script).await?;
        contenders.pop();
        for percent in [50, 99] {
            let times: Vec<u64> = warm.times.iter().map(|times| percentile(times, percent)).collect();
            let bare = percentile(&warm.bare_times, percent);
            let figure = Figure::new(format!("{}, p{percent}", job.what), Unit::Microseconds, times[0]);
            let figure = beside_others(figure.beside("the bare call", bare), &contenders, &times);
            let figure = if percent == 50 { warm_goals(figure, times[times.len() - 1] + bare) } else { figure };
            requests.push(figure);
        }
        let one = Goal::new("round trips of a warm request", Bound::AtMost(1), "", "the network");
        trips.push(Figure::new(job.what, Unit::Count, round_trips).goal(one));
        let little = Goal::new("memory", Bound::AtMost(12 * 1024), "", "the binary's pages");
        let held = Figure::new(job.function, Unit::Kibibytes, warm.peaks_kib[0]).goal(little);
        memory.push(beside_others(held, &contenders, &warm.peaks_kib));
        let small = Goal::new("size of a zip", Bound::AtMost(4_200_000), "", "SDK, TLS, HTTP");
        let bytes = |setup: usize| release::zip_bytes(&bench.versions[setup].checkout, job.function);
        let size = Figure::new(job.function, Unit::Bytes, bytes(0)?).goal(small);
        let before = bench.versions.get(1).map(|version| anyhow::Ok((version.name.clone(), bytes(1)?))).transpose()?;
        sizes.push(before.into_iter().fold(size, |size, (name, bytes)| size.beside(name, bytes)));
    }
    let about = format!(
        "{REQUESTS} requests a round, one after the other, through a release binary and Lambda's runtime API. Beside it: \
         the same SQL statement, sent by `pgbench` through the same pooler; and the same with a request to hello-world on \
         the same runtime, which is the least that a function can take."
    );
    Ok(vec![
        Table::new("Warm request", about, requests),
        Table::new("Round trips", "To the database, counted by a proxy.", trips),
        Table::new("Memory", "The most that a warm process held.", memory),
        Table::new("Size", "The zip that Lambda loads.", sizes),
    ])
}

fn warm_goals(figure: Figure, least: u64) -> Figure {
    let limit = "hello-world and the call";
    let figure = figure.beside(HELLO_AND_CALL, least).goal(Goal::new(
        "a warm request, p50",
        Bound::MoreAtMost(120),
        HELLO_AND_CALL,
        limit,
    ));
    let node = |line| Goal::new(line, Bound::PercentAtMost(70), "Node, best", "the bare call");
    match figure.what.as_str() {
        "a login, p50" => figure.goal(node("a login, beside Node")),
        "a page of users, p50" => figure.goal(node("a page of users, beside Node")),
        _ => figure,
    }
}

/// A login over a network that takes its time: each further round trip would cost as much again.
pub async fn measure_over_slow_network(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    let setups = bench.setups().await;
    step("logging in over a network that takes 2 ms");
    let (_, script) = LOGIN.statement(&setups[0]).await?;
    let proxy = Proxy::start(setups[0].port).await?;
    proxy.delay(DELAY);
    let contenders = bench.contenders(&setups, LOGIN, proxy.port).await?;
    let slow = warm_requests(&contenders, proxy.port, &script).await?;
    let times: Vec<u64> = slow.times.iter().map(|times| median(times)).collect();
    let figure = Figure::new("a login, p50", Unit::Microseconds, times[0]);
    let figure = beside_others(figure.beside("the bare call", median(&slow.bare_times)), &contenders, &times);
    Ok(vec![Table::new("Slow network", "The database 2 ms away.", vec![figure])])
}

/// How many instructions a warm request takes in the function.
pub async fn measure_instructions(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        step("this machine has no valgrind: the instructions of a request are left out");
        return Ok(Vec::new());
    }
    let setups = bench.setups().await;
    let least = instructions(&hello(&setups[0])).await?;
    let mut figures = Vec::new();
    for job in JOBS {
        step(&format!("counting instructions: {}", job.what));
        let mut contenders = bench.contenders(&setups, job, setups[0].port).await?;
        // callgrind cannot count what Node compiles, and TLS is the network's.
        contenders.truncate(setups.len());
        let mut counts = Vec::new();
        for contender in &contenders {
            counts.push(instructions(contender).await?);
        }
        let figure = Figure::new(job.what, Unit::Count, counts[0]).beside(HELLO.what, least);
        let figure = beside_others(figure, &contenders, &counts);
        let goal = Goal::new("instructions of a balance", Bound::MoreAtMost(450_000), HELLO.what, "RS256 267,000");
        figures.push(if job.what == CREDITS.what { figure.goal(goal) } else { figure });
    }
    let about = "Of one warm request, counted by callgrind: other work on the machine does not change them.";
    Ok(vec![Table::new("Instructions", about, figures)])
}
