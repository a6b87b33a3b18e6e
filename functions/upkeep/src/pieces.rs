//! Work that is done a bounded piece at a time, so that no statement runs long.

use shared::Result;

/// What is left after so many pieces waits for another day.
const MOST_PIECES: u32 = 200;

/// Does one piece after the other until one finds nothing to do, and says how much all did.
pub async fn until_done(piece: impl AsyncFn() -> Result<u64>) -> Result<u64> {
    let mut total = 0;
    for _ in 0..MOST_PIECES {
        let done = piece().await?;
        total += done;
        if done == 0 {
            break;
        }
    }
    Ok(total)
}
