//! What `make bench` measures: section by section, each figure beside what it is compared with, because machines
//! differ.

pub mod before;
pub mod contenders;
pub mod figure;
mod goal;
mod invariants;
mod jobs;
mod load;
mod pgbench;
mod processes;
mod provisioning;
pub mod report;
mod runs;
pub mod scale;
pub mod setup;
mod statement;
mod times;
mod unit;

use anyhow::{Result, ensure};

use self::{
    contenders::Bench,
    figure::{Section, Table},
};

/// Measures a section on a stack that nothing else uses. Fails when a request is refused, or when what must always
/// hold does not hold in the end.
pub async fn measure(bench: &mut Bench<'_>, section: Section) -> Result<Vec<Table>> {
    let tables = match section {
        Section::Cold => processes::measure_cold(bench).await?,
        Section::Warm => processes::measure_warm(bench).await?,
        Section::Network => processes::measure_over_slow_network(bench).await?,
        Section::Throughput => load::throughput::measure(bench).await?,
        Section::Usage => {
            let mut tables = load::readings::measure(bench).await?;
            tables.push(load::purchases::measure(bench).await?);
            tables
        }
        Section::Instructions => processes::measure_instructions(bench).await?,
        Section::Invariants => invariants::measure(bench).await?,
        Section::Provisioning => provisioning::measure(bench).await?,
        Section::Scale => scale::measure(bench.stack).await?,
    };
    // A fast wrong answer is none.
    for setup in bench.made.drain(..) {
        let violations = setup.world.all("select kind || ' ' || id from app.invariant_violations limit 5").await;
        ensure!(violations.is_empty(), "not sound: {violations:?}");
    }
    Ok(tables)
}
