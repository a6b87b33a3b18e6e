//! What `make bench` measures: section by section, each figure beside what it is compared with, because machines
//! differ.

mod cold;
mod figure;
mod instructions;
mod jobs;
mod network;
mod pgbench;
mod picture;
mod scale;
mod throughput;
mod times;
mod usage;
mod warm;

use anyhow::{Result, anyhow};
use std::path::Path;

pub use self::{
    figure::{Beside, Figure, Target, Unit, table},
    picture::picture,
};
use self::{jobs::Population, pgbench::Pgbench, times::Times};
use crate::baseline::{self, Baseline};
use testkit::{TestResponse, World, stack::Stack};

/// The parts of the table, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Section {
    /// From the start of a process to its first answer.
    Cold,
    /// Requests one after the other; memory.
    Warm,
    /// The same over a slow network.
    Network,
    /// Requests of sixteen clients at once.
    Throughput,
    /// Instructions per request.
    Instructions,
    /// Readings per second.
    Usage,
    /// Every request on a thousand users and on a million.
    Scale,
}

/// What the baseline way is called in the table.
const NODE: &str = "Node and pg";

/// Measures these sections on a stack that nothing else uses; logs go to `home`, and `figures` has what was measured
/// also when something fails later.
///
/// # Errors
/// When a request is refused, or what must always hold does not hold in the end.
pub async fn measure(
    stack: &Stack,
    home: &Path,
    baseline: &Baseline,
    sections: &[Section],
    figures: &mut Vec<Figure>,
) -> Result<()> {
    for section in sections {
        // A database for each: what one section has written must not slow the next one down.
        let world = World::on(stack.address()).await;
        let pgbench = Pgbench::find(stack, &world.database, home.join("pgbench")).await?;
        baseline::admit(&world).await;
        let population = Population::create(world).await;
        figures.extend(match section {
            Section::Cold => cold::measure(&population, baseline, home).await?,
            Section::Warm => warm::measure(&population, &pgbench, baseline, home).await?,
            Section::Network => network::measure(&population, &pgbench, baseline, home).await?,
            Section::Throughput => throughput::measure(&population, &pgbench).await?,
            Section::Instructions => instructions::measure(&population, home).await?,
            Section::Usage => usage::measure(&population.world).await?,
            // On databases that it makes itself.
            Section::Scale => scale::measure(stack).await?,
        });
        assert_sound(&population.world).await?;
    }
    Ok(())
}

/// A fast wrong answer is none.
async fn assert_sound(world: &World) -> Result<()> {
    let violations = world.all("select kind || ' ' || id from app.invariant_violations limit 5").await;
    if violations.is_empty() { Ok(()) } else { Err(anyhow!("not sound: {violations:?}")) }
}

fn good(answer: TestResponse) -> Result<TestResponse> {
    if answer.status < 300 { Ok(answer) } else { Err(anyhow!("{}: {:.300}", answer.status, answer.text)) }
}
