//! The same jobs in Node, written the usual way and the best way, in turn with ours.

use anyhow::Result;

use super::{
    figure::{Figure, Table, Unit},
    jobs::{Job, LIST_USERS, LOGIN, Setup},
    processes::{DELAY, cold_starts, warm_requests},
    times::median,
};
use crate::{
    baseline::{Baseline, WAYS},
    lambda::Program,
};
use ops::progress::step;
use testkit::proxy::Proxy;

const ABOUT: &str = "\
Two of the jobs in Node ([tools/proof/baseline-node](../tools/proof/baseline-node)), on Lambda's runtime client and one
kept connection to the same pooler, with the same checks of tokens and signatures. *Node, usual*: several queries in a
transaction. *Node, best*: one round trip to our SQL function, by the simple protocol, and its answer passed on. Left
out of the default run; `make bench ONLY=node` measures it.";

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    step("building the same jobs in Node, to measure beside");
    let node = Baseline::prepare(&setup.world).await?;
    let (mut colds, mut warms, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for job in [LOGIN, LIST_USERS] {
        step(&format!("{}, in Rust and in Node", job.what));
        let programs = programs(setup, &node, job, setup.port).await;
        let starts: Vec<_> = programs.iter().map(|program| (job, program.clone())).collect();
        let cold = cold_starts(setup, &starts).await?;
        colds.push(figure(format!("{}, cold", job.what), Unit::Microseconds, cold));
        let warm = warm_requests(setup, job, &programs, None).await?;
        warms.push(figure(format!("{}, warm", job.what), Unit::Microseconds, medians(&warm.times)));
        memory.push(figure(format!("memory of {}", job.function), Unit::Kibibytes, warm.peaks_kib));
    }
    step("logging in over a network that takes 2 ms, in Rust and in Node");
    let proxy = Proxy::start(setup.port).await?;
    proxy.delay(DELAY);
    let programs = programs(setup, &node, LOGIN, proxy.port).await;
    let slow = warm_requests(setup, LOGIN, &programs, None).await?;
    warms.push(figure("a login, the database 2 ms away".to_owned(), Unit::Microseconds, medians(&slow.times)));
    Ok(vec![Table::new("Node baseline", ABOUT, [colds, warms, memory].concat())])
}

/// Ours, and each way in Node.
async fn programs(setup: &Setup<'_>, node: &Baseline, job: Job, port: u16) -> Vec<Program> {
    let mut programs = vec![setup.program(job, port).await];
    for way in WAYS {
        programs.push(node.program(way, job.function, &setup.world, port).await);
    }
    programs
}

fn medians(times: &[Vec<u64>]) -> Vec<u64> {
    times.iter().map(|times| median(times)).collect()
}

fn figure(what: String, unit: Unit, values: Vec<u64>) -> Figure {
    let figure = Figure::new(what, unit, values[0]);
    WAYS.iter().zip(&values[1..]).fold(figure, |figure, (way, value)| figure.beside(format!("Node, {way}"), *value))
}
