//! How long it takes to look for broken rules: a page of a thousand users, and all of them as upkeep does it daily.

use std::{sync::Arc, time::Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{
    contenders::{Bench, Contender, beside_others},
    figure::{Figure, Table},
    goal::{Bound, Goal},
    jobs::INVARIANTS,
    runs::one_after_the_other,
    scale::fill,
    setup::Setup,
    times::{median, since},
    unit::Unit,
};
use crate::lambda::Instance;
use ops::progress::step;

const USERS: u32 = 30_000;
const CLUSTERS: u32 = 100;
/// In turn; a first one only warms up.
const ROUNDS: u64 = 4;
const PAGES: u64 = 8;

pub async fn measure(bench: &mut Bench<'_>) -> Result<Vec<Table>> {
    let mut contenders = Vec::new();
    for version in &bench.versions {
        step(&format!("making a database of {USERS} users: {}", version.name));
        let mut setup = Setup::empty(bench.stack, version).await;
        fill(&setup.world, USERS, CLUSTERS).await?;
        let admin = setup.world.one("select id from scale.administrator").await;
        setup.admin = setup.world.token(&admin);
        let program = setup.program(INVARIANTS.function, setup.port).await;
        let (name, setup) = (version.name.clone(), Arc::new(setup));
        bench.made.push(Arc::clone(&setup));
        contenders.push(Contender { name, setup, job: INVARIANTS, program });
    }
    let figures = vec![pages(&contenders).await?, upkeep(&contenders).await?];
    let about =
        format!("On {USERS} users with their readings. A page looks at a thousand of them; upkeep looks at all.");
    Ok(vec![Table::new("Invariants", about, figures)])
}

async fn pages(contenders: &[Contender]) -> Result<Figure> {
    step("looking for broken rules, page by page");
    let mut instances = Vec::new();
    for Contender { program, setup, .. } in contenders {
        instances.push(Instance::start(program, &setup.home).await?);
    }
    let mut times = vec![Vec::new(); contenders.len()];
    for round in 0..=ROUNDS {
        for ((contender, instance), times) in contenders.iter().zip(&instances).zip(&mut times) {
            let taken = one_after_the_other(contender, instance, 0..PAGES).await?;
            if round > 0 {
                times.extend(taken);
            }
        }
    }
    Ok(compared("a page of invariants, p50", contenders, &times))
}

async fn upkeep(contenders: &[Contender]) -> Result<Figure> {
    step("running the daily work");
    let mut times = vec![Vec::new(); contenders.len()];
    for round in 0..=ROUNDS / 2 {
        for (Contender { setup, .. }, times) in contenders.iter().zip(&mut times) {
            let program = setup.program(upkeep::NAME, setup.port).await;
            let instance = Instance::start(&program, &setup.home).await?;
            let started = Instant::now();
            let report = instance.invoke(&json!({ "source": "aws.scheduler" })).await.context("the daily work")?;
            let taken = since(started);
            ensure!(report["violations"] == 0, "not sound: {report}");
            if round > 0 {
                times.push(taken);
            }
            instance.stop().await;
        }
    }
    Ok(compared("a run of upkeep", contenders, &times))
}

fn compared(what: &str, contenders: &[Contender], times: &[Vec<u64>]) -> Figure {
    let times: Vec<u64> = times.iter().map(|times| median(times)).collect();
    let figure = beside_others(Figure::new(what, Unit::Microseconds, times[0]), contenders, &times);
    figure.goal(Goal::new("invariants: a page, and upkeep", Bound::PercentAtMost(55), "before", "passes over tables"))
}
