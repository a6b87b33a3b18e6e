//! What `make bench` measures: section by section, each figure beside what it is compared with, because machines
//! differ.

mod at_once;
pub mod figure;
mod jobs;
mod node;
mod pgbench;
mod processes;
pub mod report;
pub mod scale;
mod times;

use anyhow::{Result, bail};

use self::{
    figure::{Section, Table},
    jobs::Setup,
};
use testkit::stack::Stack;

/// Measures a section on a stack that nothing else uses. Fails when a request is refused, or when what must always
/// hold does not hold in the end.
pub async fn measure(stack: &Stack, section: Section) -> Result<Vec<Table>> {
    // A database for each section: what one has written must not slow the next one down.
    let setup = Setup::create(stack).await;
    let tables = match section {
        Section::Cold => processes::measure_cold(&setup).await?,
        Section::Warm => processes::measure_warm(&setup).await?,
        Section::Network => processes::measure_over_slow_network(&setup).await?,
        Section::Throughput => at_once::measure_throughput(&setup).await?,
        Section::Usage => at_once::measure_usage(&setup).await?,
        Section::Instructions => processes::measure_instructions(&setup).await?,
        // On databases that it makes itself.
        Section::Scale => scale::measure(stack).await?,
        Section::Node => node::measure(&setup).await?,
    };
    // A fast wrong answer is none.
    let violations = setup.world.all("select kind || ' ' || id from app.invariant_violations limit 5").await;
    if violations.is_empty() { Ok(tables) } else { bail!("not sound: {violations:?}") }
}
