//! Wrong states, and a wrong ledger, that PostgreSQL itself refuses, also to the owner of the tables.

use ops::admin_db::Refusal;
use testkit::World;

/// Runs a statement as the owner of the tables.
async fn as_owner(world: &World, sql: &str) -> Result<(), Refusal> {
    world.direct().await.run(&format!("set role app_owner; {sql}")).await
}

/// Fails unless each statement is refused, also to the owner of the tables, by this constraint or with this code.
async fn assert_refused<const N: usize>(world: &World, refused: [(&str, impl AsRef<str>, impl AsRef<str>); N]) {
    for (what, by, sql) in refused {
        let refusal = as_owner(world, sql.as_ref()).await.expect_err(what);
        let found = [refusal.constraint.as_deref(), Some(&*refusal.code)];
        assert!(found.contains(&Some(by.as_ref())), "{what}: {refusal:?}");
    }
}

#[tokio::test]
async fn the_audit_log_refuses_to_be_changed_even_by_its_owner() {
    let world = World::new().await;
    world.sql("insert into public.audit_log (actor, action, target) values ('a', 'b', 'c')").await;
    let changes =
        ["update public.audit_log set actor = 'x'", "delete from public.audit_log", "truncate public.audit_log"];
    assert_refused(&world, changes.map(|change| (change, "23001", change))).await;
}

#[tokio::test]
async fn a_team_has_two_levels_and_no_third() {
    let world = World::new().await;
    world.sql("insert into public.users (id) values ('a'), ('b'), ('c'); update public.users set account_owner_id = 'a' where id = 'b'").await;
    let wrong = [
        "update public.users set account_owner_id = 'b' where id = 'c'",
        "update public.users set account_owner_id = 'c' where id = 'a'",
        "update public.users set account_owner_id = 'c' where id = 'c'",
        "insert into public.users (id, account_owner_id) values ('d', 'b')",
    ];
    assert_refused(&world, wrong.map(|wrong| (wrong, "users_account_owner_is_an_owner", wrong))).await;
}

#[tokio::test]
async fn an_administrator_is_made_by_an_operator_and_it_is_written_down() {
    let world = World::new().await;
    world
        .sql("insert into public.users (id, status, deleted_at) values ('a', 'active', null), ('b', 'deleted', now())")
        .await;
    assert_eq!(world.one("select app.promote_admin('a')").await, "t");
    assert_eq!(world.one("select app.promote_admin('b')").await, "f");
    assert_eq!(world.one("select app.promote_admin('nobody')").await, "f");
    assert_eq!(world.all("select id from public.users where is_admin").await, ["a"]);
    assert_eq!(
        world.one("select actor || ' ' || action || ' ' || target from public.audit_log").await,
        "operator users.promote a"
    );
}

/// Ann, with a purchase of 10 dollars and a usage of 4.
async fn ann_with_a_ledger() -> World {
    let world = World::new().await;
    world
        .sql(&format!(
            "insert into public.users (id) values ('ann'), ('bob'); \
             insert into public.account_memberships (user_id, effective_on, account_owner_id) \
             values ('ann', '-infinity', 'ann'), ('bob', '-infinity', 'bob'); \
             insert into public.user_credits (user_id) values ('ann'), ('bob'); \
             {}; \
             select app.post_entries(array[row('ann', 'usage', null, 4, 0, 0, 4 * app.billing_month_seconds(), null, null, null, null, null, 'a')::app.credit_change])",
            post("purchase", "10", "null, null", "k")
        ))
        .await;
    world
}

/// Posts an entry of Ann's. The origin is a reason, and the purchase that is refunded.
fn post(kind: &str, amount: &str, origin: &str, key: &str) -> String {
    format!(
        "select app.post_entries(array[row('ann', '{kind}', {amount}, null, null, null, null, null, {origin}, '{key}', sha256('x'), 'a')::app.credit_change])"
    )
}

/// Writes an entry past `app.post_entries`: its number, the amount, the balance before and after.
fn insert(owner: &str, numbers: &str) -> String {
    format!(
        "insert into public.credit_transactions \
           (account_owner_id, kind, idempotency_key, body_hash, actor, seq, amount, balance_before, balance_after) \
         values ('{owner}', 'adjustment', 'n', sha256('n'), 'a', {numbers})"
    )
}

/// An entry of Ann's, and the change of the credits row that would go with it.
fn entry(numbers: &str, row: &str) -> String {
    format!("with moved as (update public.user_credits set {row} where user_id = 'ann') {}", insert("ann", numbers))
}

#[tokio::test]
async fn entries_are_never_changed() {
    let changes = [
        "update public.credit_transactions set amount = 11 where seq = 1",
        "update public.credit_transactions set actor = 'b'",
        "delete from public.credit_transactions",
        "delete from public.credit_transactions where seq = 2",
        "truncate public.credit_transactions cascade",
        "truncate public.credit_transactions, public.user_credits",
    ];
    assert_refused(&ann_with_a_ledger().await, changes.map(|change| (change, "23001", change))).await;
}

#[tokio::test]
async fn an_entry_that_does_not_chain_is_refused() {
    let world = ann_with_a_ledger().await;
    let wrong = [
        ("a gap", "continues_the_chain", entry("4, 1, 6, 7", "last_seq = 4, balance = 7, total_adjusted = 1")),
        ("a fork", "pkey", entry("2, 1, 10, 11", "last_seq = 2, balance = 11, total_adjusted = 5")),
        ("a second beginning", "pkey", entry("1, 1, 0, 1", "last_seq = 1, balance = 1, total_adjusted = -5")),
        ("another before", "continues_the_chain", entry("3, 1, 7, 8", "last_seq = 3, balance = 8, total_adjusted = 2")),
        ("a wrong sum", "adds_up", entry("3, 1, 6, 8", "last_seq = 3, balance = 8, total_adjusted = 2")),
        ("an entry that moves no credits", "moves_the_credits", entry("3, 1, 6, 7", "total_used = total_used")),
        ("an entry alone", "moves_the_credits", insert("bob", "1, 1, 0, 1")),
    ];
    assert_refused(&world, wrong.map(|(what, by, sql)| (what, format!("credit_transactions_{by}"), sql))).await;
    // What does chain, and moves the credits along, is written.
    as_owner(&world, &entry("3, 1, 6, 7", "last_seq = 3, balance = 7, total_adjusted = 1")).await.unwrap();
    let violations =
        world.all("select kind from app.invariant_violations where id = 'ann' and kind ~ 'entr|used|balance'").await;
    assert!(violations.is_empty(), "{violations:?}");
}

#[tokio::test]
async fn credits_that_differ_from_the_last_entry_are_refused() {
    let world = ann_with_a_ledger().await;
    let changes = [
        ("adds_up", "balance = 7"),
        ("agrees_with_an_entry", "balance = 7, total_adjusted = 1"),
        ("agrees_with_the_last_entry", "last_seq = 1, balance = 10, total_adjusted = 4"),
        ("agrees_with_the_last_entry", "last_seq = null, balance = 0, total_adjusted = -6"),
        ("used_is_the_rounded_cost", "total_used = 3, total_adjusted = -1"),
        ("used_is_the_rounded_cost", "scaled_cost_usd = 0"),
        ("agrees_with_the_last_entry", "total_purchased = 11, total_adjusted = -1"),
        ("storage_is_its_seconds", "storage_gb_months = 1"),
    ];
    let update = |change| format!("update public.user_credits set {change} where user_id = 'ann'");
    let refused = changes.map(|(by, change)| (change, format!("user_credits_{by}"), update(change)));
    assert_refused(&world, refused).await;
    let rows = [
        ("credit_transactions_account_has_credits", "delete from public.user_credits where user_id = 'ann'"),
        (
            "user_credits_without_entries_is_zero",
            "update public.user_credits set balance = 1, total_adjusted = 1 where user_id = 'bob'",
        ),
        (
            "user_credits_begins_with_nothing",
            "insert into public.user_credits (user_id, total_purchased, total_adjusted) values ('bob2', 1, -1)",
        ),
    ];
    assert_refused(&world, rows.map(|(by, sql)| (sql, by, sql))).await;
}

#[tokio::test]
async fn a_refund_beyond_its_purchase_is_refused() {
    let world = ann_with_a_ledger().await;
    as_owner(&world, &post("purchase", "90", "null, null", "k2")).await.unwrap();
    as_owner(&world, &post("refund", "-6", "'r', 1", "a")).await.unwrap();
    let refunds = [
        ("more than is left", post("refund", "-4.01", "'r', 1", "b")),
        ("of no purchase", post("refund", "-1", "'r', 2", "c")),
    ];
    let constraint = "credit_transactions_refund_within_its_purchase";
    assert_refused(&world, refunds.map(|(what, sql)| (what, constraint, sql))).await;
    as_owner(&world, &post("refund", "-4", "'r', 1", "d")).await.unwrap();
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
    let changes = [
        "update public.usage_rates set cpu_hour_usd = 2",
        "delete from public.usage_rates",
        "update public.usage_daily set cpu_hour_usd = 2",
    ];
    assert_refused(&world, changes.map(|change| (change, "usage_daily_price_is_a_rate", change))).await;
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
