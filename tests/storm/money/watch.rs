//! What the test adds to its own database: a fast clock, and locks that also write the log of decisions. And what is
//! compared in the end.

use std::collections::BTreeMap;

use proof::storm::{decision_log, money::Time, rows::by_key};
use testkit::World;

/// A day passes every second.
const TIMES: i32 = 86_400;

pub async fn install(world: &World) -> Time {
    let started_at = world.clock.now();
    // Room for a run of twelve minutes: a busy machine needs more than six.
    for months in [3, 6, 9, 12, 15, 18, 21, 0] {
        let expression = format!(
            "timestamptz '{started_at}' + interval '{months} months' \
             + (pg_catalog.now() - timestamptz '{started_at}') * {TIMES}"
        );
        world.database_time_is(&expression.replace(" UTC'", "Z'")).await;
    }
    decision_log::create(world).await;
    decision_log::write_in(world, "lock_accounts", "text[]", "").await;
    decision_log::write_in(world, "lock_billing_terms", "", "").await;
    Time { clock: world.clock.clone(), started_at, times: TIMES }
}

/// Every account: `balance purchased adjusted used entries cpu gpu gigabyte-seconds cost`.
pub async fn accounts(world: &World) -> BTreeMap<String, String> {
    let query = "select user_id || ' = ' || concat_ws(' ', balance, total_purchased, total_adjusted, total_used, \
                 coalesce(last_seq, 0), trim_scale(cpu_hours_used), trim_scale(gpu_hours_used), \
                 trim_scale(storage_gb_seconds), trim_scale(scaled_cost_usd)) \
                 from public.user_credits where user_id <> 'auth0|admin'";
    by_key(world, query).await
}

/// Every day of every user: `payer cpu gpu gigabyte-seconds cost`.
pub async fn days(world: &World) -> BTreeMap<String, String> {
    let query = "select concat_ws(' ', user_id, date, '=', account_owner_id, trim_scale(cpu_hours), \
                 trim_scale(gpu_hours), trim_scale(storage_gb_seconds), trim_scale(scaled_cost_usd)) \
                 from public.usage_daily";
    by_key(world, query).await
}
