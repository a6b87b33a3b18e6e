//! What the test adds to its own database: a fast clock, and locks that also write the decision log. And what is
//! compared in the end.

use std::collections::BTreeMap;

use proof::storm::{Time, decision_log};
use testkit::World;

/// A day passes every second.
const TIMES: i32 = 86_400;

pub async fn install(world: &World) -> Time {
    let started_at = world.clock.now();
    // Room for a run of minutes.
    for months in [3, 6, 9, 0] {
        let expression = format!(
            "timestamptz '{started_at}' + interval '{months} months' \
             + (pg_catalog.now() - timestamptz '{started_at}') * {}",
            TIMES
        );
        world.database_time_is(&expression.replace(" UTC'", "Z'")).await;
    }
    decision_log::install(world).await;
    let once = format!(
        "if not exists (select from app.decision_log where query = current_query() and at_us = (extract(epoch from app.now()) * 1000000)::bigint) \
         then {}; end if;",
        decision_log::WRITE
    );
    world
        .sql(&format!(
            "create index on app.decision_log (at_us); \
             alter function app.lock_accounts(text[]) rename to plainly_lock_accounts; \
             create function app.lock_accounts(p_account_owner_ids text[]) returns void language plpgsql as $$ \
             begin perform app.plainly_lock_accounts(p_account_owner_ids); {once} end $$; \
             alter function app.lock_billing_terms() rename to plainly_lock_terms; \
             create function app.lock_billing_terms() returns void language plpgsql as $$ \
             begin perform app.plainly_lock_terms(); {once} end $$"
        ))
        .await;
    Time { clock: world.clock.clone(), started_at, times: TIMES }
}

/// Every account: `balance purchased adjusted used entries cpu gpu gigabyte-seconds cost`.
pub async fn accounts(world: &World) -> BTreeMap<String, String> {
    let rows = world
        .all(
            "select user_id || ' ' || concat_ws(' ', balance, total_purchased, total_adjusted, total_used, coalesce(last_seq, 0), \
             trim_scale(cpu_hours_used), trim_scale(gpu_hours_used), trim_scale(storage_gb_seconds), trim_scale(scaled_cost_usd)) \
             from public.user_credits where user_id <> 'auth0|admin'",
        )
        .await;
    by_first_word(&rows, 1)
}

/// Every day of every user: `payer cpu gpu gigabyte-seconds cost`.
pub async fn days(world: &World) -> BTreeMap<String, String> {
    let rows = world
        .all(
            "select concat_ws(' ', user_id, date, account_owner_id, trim_scale(cpu_hours), trim_scale(gpu_hours), \
             trim_scale(storage_gb_seconds), trim_scale(scaled_cost_usd)) from public.usage_daily",
        )
        .await;
    by_first_word(&rows, 2)
}

/// The rows by their first words.
fn by_first_word(rows: &[String], words: usize) -> BTreeMap<String, String> {
    let split = |row: &String| {
        let parts: Vec<&str> = row.split(' ').collect();
        (parts[..words].join(" "), parts[words..].join(" "))
    };
    rows.iter().map(split).collect()
}
