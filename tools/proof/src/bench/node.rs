//! The same jobs in Node, written the usual way and the best way, in turn with ours.

use super::{
    cold,
    figure::{Figure, Table, Unit},
    jobs::{Job, LIST_USERS, LOGIN, READING},
    processes::{cold_starts, warm_requests},
    setup::Setup,
    times::Times,
    warm,
};
use crate::{
    baseline::{Baseline, Way},
    lambda::Program,
};
use anyhow::{Context, Result};
use ops::progress::step;
use testkit::proxy::Proxy;

const ABOUT: &str = "\
Three of the jobs in Node ([tools/proof/baseline-node](../tools/proof/baseline-node)), on Lambda's runtime client and
one kept connection to the same pooler, with the same checks of tokens and signatures. *Node, usual*: several queries in
a transaction. *Node, best*: one round trip to our SQL function, by the simple protocol, and its answer passed on. Left
out of the default run; `make bench NODE=yes` measures it.";

pub async fn measure(setup: &Setup<'_>) -> Result<Vec<Table>> {
    let node = setup.node.context("the jobs in Node have not been built")?;
    let (population, home) = (&setup.population, setup.home);
    let (mut colds, mut warms, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for job in [LOGIN, LIST_USERS, READING] {
        step(&format!("{}, in Rust and in Node", job.what));
        let programs = programs(setup, node, job, setup.port()).await;
        let starts = programs.iter().map(|program| (job, program.clone())).collect::<Vec<_>>();
        let cold: Vec<u64> =
            cold_starts(population, home, &starts, cold::STARTS).await?.iter().map(Times::median).collect();
        colds.push(figure(format!("{}, cold", job.what), Unit::Microseconds, &cold));
        let programs: Vec<_> = programs.iter().collect();
        let warm = warm_requests(population, home, job, &programs, None, warm::ROUNDS).await?;
        let times: Vec<u64> = warm.iter().map(|warm| warm.times.median()).collect();
        warms.push(figure(format!("{}, warm", job.what), Unit::Microseconds, &times));
        let peaks: Vec<u64> = warm.iter().map(|warm| warm.peak_kib).collect();
        memory.push(figure(format!("memory of {}", job.function), Unit::Kibibytes, &peaks));
    }
    step("logging in over a network that takes 2 ms, in Rust and in Node");
    let proxy = Proxy::start(setup.port()).await?;
    proxy.delay(warm::DELAY);
    let programs = programs(setup, node, LOGIN, proxy.port).await;
    let programs: Vec<_> = programs.iter().collect();
    let slow = warm_requests(population, home, LOGIN, &programs, None, warm::SLOW_ROUNDS).await?;
    let times: Vec<u64> = slow.iter().map(|slow| slow.times.median()).collect();
    warms.push(figure("a login, the database 2 ms away".to_owned(), Unit::Microseconds, &times));
    let mut table = Table::new("Node baseline", ABOUT, [colds, warms, memory].concat());
    table.columns = Way::ALL.map(|way| way.title().to_owned()).into();
    Ok(vec![table])
}

/// Ours, and each way in Node.
async fn programs(setup: &Setup<'_>, node: &Baseline, job: Job, port: u16) -> Vec<Program> {
    let world = &setup.population.world;
    let mut programs = vec![Program::released(job.function).in_world(world, port).await];
    for way in Way::ALL {
        programs.push(node.program(way, job.function, world, port).await);
    }
    programs
}

fn figure(what: String, unit: Unit, values: &[u64]) -> Figure {
    let others = Way::ALL.iter().zip(&values[1..]);
    others.fold(Figure::new(what, unit, values[0]), |figure, (way, value)| figure.beside(way.title(), *value))
}
