//! A wrong ledger that PostgreSQL itself refuses, also to the owner of the tables.

use ops::admin_db::Refusal;
use testkit::World;

/// Ann, with a purchase of 10 dollars and a usage of 4.
async fn ann_with_a_ledger() -> World {
    let world = World::new().await;
    world
        .sql(
            "insert into public.users (id) values ('ann'), ('bob'); \
             insert into public.account_memberships (user_id, effective_on, account_owner_id) \
             values ('ann', '-infinity', 'ann'), ('bob', '-infinity', 'bob'); \
             insert into public.user_credits (user_id) values ('ann'), ('bob'); \
             select app.post_entries(array[row('ann', 'purchase', 10, null, null, null, null, null, null, null, 'k', sha256('x'), 'a')::app.credit_change]); \
             select app.post_entries(array[row('ann', 'usage', null, 4, 0, 0, 4 * app.billing_month_seconds(), null, null, null, null, null, 'a')::app.credit_change])",
        )
        .await;
    world
}

async fn as_owner(world: &World, sql: &str) -> Result<(), Refusal> {
    world.direct().await.run(&format!("set role app_owner; {sql}")).await
}

/// An entry of Ann's, and the change of the credits row that would go with it.
fn entry(seq: u32, amount: &str, before: &str, after: &str, row: &str) -> String {
    format!(
        "with moved as (update public.user_credits set {row} where user_id = 'ann') \
         insert into public.credit_transactions \
           (account_owner_id, seq, kind, amount, balance_before, balance_after, idempotency_key, body_hash, actor) \
         values ('ann', {seq}, 'adjustment', {amount}, {before}, {after}, 'n', sha256('n'), 'a')"
    )
}

#[tokio::test]
async fn entries_are_never_changed() {
    let world = ann_with_a_ledger().await;
    for change in [
        "update public.credit_transactions set amount = 11 where seq = 1",
        "update public.credit_transactions set actor = 'b'",
        "delete from public.credit_transactions",
        "delete from public.credit_transactions where seq = 2",
        "truncate public.credit_transactions cascade",
        "truncate public.credit_transactions, public.user_credits",
    ] {
        let refusal = as_owner(&world, change).await.unwrap_err();
        assert_eq!(refusal.code, "23001", "{change}: {}", refusal.message);
    }
}

#[tokio::test]
async fn an_entry_that_does_not_chain_is_refused() {
    let world = ann_with_a_ledger().await;
    for (what, constraint, sql) in [
        ("a gap", "continues_the_chain", entry(4, "1", "6", "7", "last_seq = 4, balance = 7, total_adjusted = 1")),
        ("a fork", "pkey", entry(2, "1", "10", "11", "last_seq = 2, balance = 11, total_adjusted = 5")),
        ("a second beginning", "pkey", entry(1, "1", "0", "1", "last_seq = 1, balance = 1, total_adjusted = -5")),
        (
            "another balance before",
            "continues_the_chain",
            entry(3, "1", "7", "8", "last_seq = 3, balance = 8, total_adjusted = 2"),
        ),
        ("a wrong sum", "adds_up", entry(3, "1", "6", "8", "last_seq = 3, balance = 8, total_adjusted = 2")),
        ("an entry that moves no credits", "moves_the_credits", entry(3, "1", "6", "7", "total_used = total_used")),
    ] {
        let refusal = as_owner(&world, &sql).await.unwrap_err();
        let named = format!("credit_transactions_{constraint}");
        assert_eq!(refusal.constraint.as_deref(), Some(&*named), "{what}: {}", refusal.message);
    }
    let alone = "insert into public.credit_transactions \
         (account_owner_id, seq, kind, amount, balance_before, balance_after, idempotency_key, body_hash, actor) \
         values ('bob', 1, 'adjustment', 1, 0, 1, 'n', sha256('n'), 'a')";
    let refusal = as_owner(&world, alone).await.unwrap_err();
    assert_eq!(refusal.constraint.as_deref(), Some("credit_transactions_moves_the_credits"));
    // What does chain, and moves the credits along, is written.
    as_owner(&world, &entry(3, "1", "6", "7", "last_seq = 3, balance = 7, total_adjusted = 1")).await.unwrap();
    let violations =
        world.all("select kind from app.invariant_violations where id = 'ann' and kind ~ 'entr|used|balance'").await;
    assert!(violations.is_empty(), "{violations:?}");
}

#[tokio::test]
async fn credits_that_differ_from_the_last_entry_are_refused() {
    let world = ann_with_a_ledger().await;
    for (what, constraint, change) in [
        ("another balance", "adds_up", "balance = 7"),
        ("another balance, adding up", "agrees_with_an_entry", "balance = 7, total_adjusted = 1"),
        ("an earlier entry", "agrees_with_the_last_entry", "last_seq = 1, balance = 10, total_adjusted = 4"),
        ("no entry", "agrees_with_the_last_entry", "last_seq = null, balance = 0, total_adjusted = -6"),
        ("less used", "used_is_the_rounded_cost", "total_used = 3, total_adjusted = -1"),
        ("other costs", "used_is_the_rounded_cost", "scaled_cost_usd = 0"),
        (
            "other totals, adding up",
            "agrees_with_the_last_entry",
            "total_purchased = total_purchased + 1, total_adjusted = total_adjusted - 1",
        ),
        ("another storage", "storage_is_its_seconds", "storage_gb_months = 1"),
    ] {
        let refusal = as_owner(&world, &format!("update public.user_credits set {change} where user_id = 'ann'")).await;
        let refusal = refusal.unwrap_err();
        let named = format!("user_credits_{constraint}");
        assert_eq!(refusal.constraint.as_deref(), Some(&*named), "{what}: {}", refusal.message);
    }
    for (what, constraint, sql) in [
        (
            "a row that forgets",
            "credit_transactions_account_has_credits",
            "delete from public.user_credits where user_id = 'ann'",
        ),
        (
            "a row that boasts",
            "user_credits_without_entries_is_zero",
            "update public.user_credits set balance = 1, total_adjusted = 1 where user_id = 'bob'",
        ),
        (
            "a row that begins with something",
            "user_credits_begins_with_nothing",
            "insert into public.user_credits (user_id, total_purchased, total_adjusted) values ('bob2', 1, -1)",
        ),
    ] {
        let refusal = as_owner(&world, sql).await.unwrap_err();
        assert_eq!(refusal.constraint.as_deref(), Some(constraint), "{what}: {}", refusal.message);
    }
}

#[tokio::test]
async fn a_refund_beyond_its_purchase_is_refused() {
    let world = ann_with_a_ledger().await;
    let refund = |amount: &str, of: u32, key: &str| {
        format!(
            "select app.post_entries(array[row('ann', 'refund', {amount}, null, null, null, null, null, 'r', {of}, '{key}', sha256('x'), 'a')::app.credit_change])"
        )
    };
    let bought = "select app.post_entries(array[row('ann', 'purchase', 90, null, null, null, null, null, null, null, 'k2', sha256('x'), 'a')::app.credit_change])";
    as_owner(&world, bought).await.unwrap();
    as_owner(&world, &refund("-6", 1, "a")).await.unwrap();
    for (what, sql) in [("more than is left", refund("-4.01", 1, "b")), ("of no purchase", refund("-1", 2, "c"))] {
        let refusal = as_owner(&world, &sql).await.unwrap_err();
        let named = "credit_transactions_refund_within_its_purchase";
        assert_eq!(refusal.constraint.as_deref(), Some(named), "{what}: {}", refusal.message);
    }
    as_owner(&world, &refund("-4", 1, "d")).await.unwrap();
}

#[tokio::test]
async fn a_price_that_a_day_refers_to_stays() {
    let world = ann_with_a_ledger().await;
    world
        .sql(
            "insert into public.usage_rates values ('2026-01-01', 1, 1, 1, 'x'); \
             insert into public.usage_daily (user_id, account_owner_id, date, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
             values ('ann', 'ann', '2026-01-02', '2026-01-01', 1, 1, 1)",
        )
        .await;
    for change in [
        "update public.usage_rates set cpu_hour_usd = 2",
        "delete from public.usage_rates",
        "update public.usage_daily set cpu_hour_usd = 2",
    ] {
        let refusal = as_owner(&world, change).await.unwrap_err();
        assert_eq!(refusal.constraint.as_deref(), Some("usage_daily_price_is_a_rate"), "{change}: {}", refusal.message);
    }
}

#[tokio::test]
async fn costs_are_rounded_half_to_even() {
    let world = World::new().await;
    assert_eq!(world.one("select app.billing_month_seconds()").await, "2592000", "30 days");
    for (cost, rounded) in [
        ("0", "0.00"),
        ("0.005", "0.00"),
        ("0.015", "0.02"),
        ("0.025", "0.02"),
        ("0.0249999999999", "0.02"),
        ("0.0250000000001", "0.03"),
        ("174.999999", "175.00"),
        ("1000000000000.005", "1000000000000.00"),
    ] {
        assert_eq!(
            world.one(&format!("select app.round_cost({cost} * app.billing_month_seconds())")).await,
            rounded,
            "{cost}"
        );
    }
}
