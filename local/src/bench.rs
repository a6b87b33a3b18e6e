//! What `make bench` measures: section by section, each figure beside what the machine can do at all, because
//! machines differ.

mod pgbench;
mod usage;

use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    stack::Stack,
    testkit::World,
    trouble::{Result, Trouble},
};

/// How many send at once, here and in pgbench.
const CLIENTS: usize = 8;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Figure {
    pub section: &'static str,
    pub what: String,
    pub unit: &'static str,
    pub value: u64,
    /// What the section wants at least, where it wants something.
    pub wanted: Option<u64>,
}

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

/// The figures as a table.
pub fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        let wanted = match figure.wanted {
            Some(wanted) if figure.value >= wanted => format!("  (wanted: {wanted})"),
            Some(wanted) => format!("  (wanted: {wanted}, MISSED)"),
            None => String::new(),
        };
        let Figure { section, what, unit, value, .. } = figure;
        writeln!(text, "  {section:<8} {what:<52} {value:>9} {unit}{wanted}").expect("a String takes everything");
    }
    text
}
