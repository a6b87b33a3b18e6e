//! What `make bench` measures: section by section, each figure beside what it is compared with, because machines
//! differ.

mod figure;
mod pgbench;
mod usage;

pub use self::figure::{Beside, Figure, Unit, Wanted, table};
use crate::{
    stack::Stack,
    testkit::World,
    trouble::{Result, Trouble},
};

/// How many send at once, here and in pgbench.
const CLIENTS: usize = 8;

/// Measures everything on a stack that nothing else uses.
///
/// # Errors
/// When a request is refused, or what must always hold does not hold in the end.
pub async fn measure(stack: &Stack) -> Result<Vec<Figure>> {
    let world = World::on(stack.address()).await;
    let mut figures = usage::measure(&world).await?;
    figures.extend(pgbench::trivial_calls(stack, &world.database).await?);
    let violations = world.all("select kind || ' ' || id from app.invariant_violations limit 5").await;
    if violations.is_empty() { Ok(figures) } else { Err(Trouble::new(format!("not sound: {violations:?}"))) }
}
