//! What was used, and what it cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::domain::money::Quantity;

/// Sums.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    cpu_hours: Quantity,
    gpu_hours: Quantity,
    /// Gigabytes (10^9 bytes) times hours, in months of 720 hours.
    storage_gb_months: Quantity,
    /// To the millionth of a US dollar, before it is rounded to cents in the ledger. Null for members of a team, and where
    /// others have paid: a sum is what the caller paid. Days that another system charged cost what it charged, and that
    /// may be less than nothing.
    #[schemars(extend("pattern" = r"^-?[0-9]+(\.[0-9]+)?$"))]
    cost_usd: Option<Quantity>,
}
