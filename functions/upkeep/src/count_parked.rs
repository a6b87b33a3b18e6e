//! Counts the payments that wait for a person, for the alarm. `payments` counts them whenever that changes; what two of its
//! instances tell at once, or a person does by hand, is put right here.

use serde::Deserialize;
use shared::{Result, auth::caller::Call, scheduled::Run};

#[derive(Deserialize)]
struct Counted {
    parked: u64,
}

/// How many there are.
pub async fn count_parked(job: &Run) -> Result<u64> {
    let Counted { parked } = job.app.db.call("count_parked", &Call::by_schedule(())).await?;
    job.metrics.count("parked_payments", &[("function", "payments")], parked);
    Ok(parked)
}
