//! A login over a network that takes its time: what each further round trip would cost.

use std::{path::Path, time::Duration};

use super::{
    Figure, Pgbench, Unit, Wanted,
    jobs::{Crowd, LOGIN},
    warm::one_after_the_other,
};
use crate::{
    lambda::{Instance, Program},
    progress::step,
    proxy::Proxy,
    trouble::Result,
};

const DELAY: Duration = Duration::from_millis(2);
const REQUESTS: u64 = 500;
const PGBENCH_SECONDS: u64 = 3;
const WANTED_PERCENT: u64 = 125;

pub async fn measure(crowd: &Crowd, pgbench: &Pgbench, home: &Path) -> Result<Vec<Figure>> {
    step("logging in over a network that takes 2 ms");
    let (_, script) = crowd.statement(LOGIN).await?;
    let proxy = Proxy::delaying(crowd.world.stack.pgbouncer_port, DELAY).await?;
    let program = Program::released(LOGIN.function).in_world(&crowd.world, proxy.port()).await;
    let instance = Instance::start(&program, home).await?;
    one_after_the_other(&instance, (0..REQUESTS / 10).map(|at| crowd.ask(LOGIN, at))).await?;
    let ours = one_after_the_other(&instance, (REQUESTS..2 * REQUESTS).map(|at| crowd.ask(LOGIN, at))).await?;
    let bare = pgbench.run(proxy.port(), &script, 1, PGBENCH_SECONDS).await?;
    instance.stop().await;
    let figure = Figure::new("2 ms away", "a login, p50", Unit::Microseconds, ours.median());
    let figure = figure.beside("the bare call", bare.times.median());
    Ok(vec![figure.wanted(Wanted::AtMostPercent(WANTED_PERCENT))])
}
