//! When all is over: what was acknowledged is there exactly once, what was refused is not, and nothing else is.

mod decisions;
mod invites;
mod logins;
mod money;
mod select;

use testkit::World;

use super::recorder::Recorder;

/// Compares the writes with the database, and notes in the recorder what does not agree. How many writes were compared.
pub async fn verify(world: &World, recorder: &Recorder) -> usize {
    let writes = std::mem::take(&mut recorder.record().writes);
    let violations = world.all("select format('%s %s: %s', kind, id, detail) from app.invariant_violations").await;
    let violations = violations.into_iter().map(|violation| format!("an invariant is violated: {violation}")).collect();
    let findings = [
        violations,
        logins::logins(world, &writes).await,
        money::entries(world, &writes).await,
        money::readings(world, &writes).await,
        decisions::audited(world, &writes).await,
        decisions::logged(world, &writes).await,
        invites::invites(world, &writes).await,
    ];
    for finding in findings.into_iter().flatten() {
        recorder.find(finding);
    }
    let compared = writes.len();
    recorder.record().writes = writes;
    compared
}
