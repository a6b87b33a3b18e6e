//! When all is over: what was acknowledged is there exactly once, what was refused is not, and nothing else is.

mod decisions;
mod kept;

use testkit::World;

use super::recorder::Recorder;

/// Compares the writes with the database, and notes in the recorder what does not agree. How many writes were compared.
pub async fn verify(world: &World, recorder: &Recorder) -> usize {
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
    ];
    let mut record = recorder.record();
    record.findings.extend(findings.into_iter().flatten());
    record.writes = writes;
    record.writes.len()
}
