//! What `make bench` measures: section by section, each figure beside what it is compared with, because machines
//! differ.

mod cold;
pub mod figure;
mod instructions;
mod jobs;
mod node;
mod pgbench;
mod processes;
pub mod report;
mod scale;
mod setup;
mod throughput;
mod times;
mod usage;
mod warm;

use anyhow::Result;
use std::path::Path;

use self::{
    figure::{Section, Table},
    setup::Setup,
};
use crate::baseline::Baseline;
use testkit::stack::Stack;

/// Measures a section on a stack that nothing else uses; logs go to `home`.
///
/// # Errors
/// When a request is refused, or what must always hold does not hold in the end.
pub async fn measure(stack: &Stack, home: &Path, node: Option<&Baseline>, section: Section) -> Result<Vec<Table>> {
    // A database for each section: what one has written must not slow the next one down.
    let setup = Setup::create(stack, home, node).await?;
    let tables = match section {
        Section::Cold => cold::measure(&setup).await?,
        Section::Warm => warm::measure(&setup).await?,
        Section::Network => warm::measure_over_slow_network(&setup).await?,
        Section::Throughput => throughput::measure(&setup).await?,
        Section::Usage => usage::measure(&setup).await?,
        Section::Instructions => instructions::measure(&setup).await?,
        // On databases that it makes itself.
        Section::Scale => scale::measure(stack).await?,
        Section::Node => node::measure(&setup).await?,
    };
    setup.check_invariants().await?;
    Ok(tables)
}
