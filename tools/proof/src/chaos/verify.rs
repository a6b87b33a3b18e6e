//! When all is over: what was acknowledged is there exactly once, what was refused is not, and nothing else is.

pub mod accounts;
mod decisions;
mod kept;

use super::{testbed::Testbed, usage};

/// Compares the writes with the database, and the database with the clusters, and notes in the recorder what does not
/// agree. How many writes were compared.
pub async fn verify(testbed: &Testbed) -> usize {
    let (world, recorder) = (&testbed.world, &testbed.recorder);
    let writes = std::mem::take(&mut recorder.record().writes);
    let violations =
        "select format('an invariant is violated: %s %s: %s', kind, id, detail) from app.invariant_violations";
    let findings = [
        world.all(violations).await,
        kept::logins(world, &writes).await,
        kept::entries(world, &writes).await,
        kept::readings(world, &writes).await,
        kept::invites(world, &writes).await,
        decisions::audited(world, &writes).await,
        decisions::logged(world, &writes).await,
        accounts::accounts(world, &testbed.clusters).await,
        usage::findings(world, &testbed.opencosts()).await,
    ];
    let mut record = recorder.record();
    record.findings.extend(findings.into_iter().flatten());
    record.writes = writes;
    record.writes.len()
}
