//! What a section is measured on: a database of its own with users in it, on a stack that nothing else uses.

use anyhow::{Result, bail};
use std::path::Path;

use super::{jobs::Population, pgbench::Pgbench};
use crate::baseline::{self, Baseline};
use testkit::{World, stack::Stack};

/// The programs that are measured need nothing but this.
pub struct Setup<'a> {
    pub stack: &'a Stack,
    /// For logs.
    pub home: &'a Path,
    /// The jobs in Node, if they are to be measured.
    pub node: Option<&'a Baseline>,
    pub population: Population,
    pub pgbench: Pgbench,
}

impl<'a> Setup<'a> {
    /// # Errors
    /// When this machine has no pgbench.
    pub async fn create(stack: &'a Stack, home: &'a Path, node: Option<&'a Baseline>) -> Result<Self> {
        let world = World::on(stack.address).await;
        let pgbench = Pgbench::find(stack, &world.database, home.join("pgbench")).await?;
        if node.is_some() {
            baseline::create_role(&world).await;
        }
        Ok(Self { stack, home, node, population: Population::create(world).await, pgbench })
    }

    /// The pooler's port.
    pub fn port(&self) -> u16 {
        self.stack.address.pgbouncer_port
    }

    /// Fails if anything that must always hold does not: a fast wrong answer is none.
    ///
    /// # Errors
    /// With what does not hold.
    pub async fn check_invariants(&self) -> Result<()> {
        let violations = "select kind || ' ' || id from app.invariant_violations limit 5";
        let violations = self.population.world.all(violations).await;
        if violations.is_empty() { Ok(()) } else { bail!("not sound: {violations:?}") }
    }
}
