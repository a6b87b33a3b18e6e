//! Wrong states, and a wrong ledger, that PostgreSQL itself refuses, also to the owner of the tables.

use ops::admin_db::Refusal;
use testkit::World;

/// What is never so, and statements that would make it so: each behind the constraint or the code that refuses it.
const REFUSED: &str = "
the audit log is changed:
- 23001: update app.audit_entries set actor = 'x'
- 23001: delete from app.audit_entries
- 23001: truncate app.audit_entries cascade
- 55000: update app.audit_log set actor = 'x'
- 55000: delete from app.audit_log

what was changed is told otherwise, or told again after it was erased:
- 23001: update app.audit_details set after = '{}'
- 23001: update app.audit_details set id = id + 1, before = null, after = null, erased_at = now()
- 23001: update app.audit_details set before = null, after = null, erased_at = now();
    update app.audit_details set after = '{}', erased_at = null
- audit_details_erased_say_nothing: update app.audit_details set erased_at = now()
- 23001: delete from app.audit_details
- 23001: truncate app.audit_details

a team has a third level:
- users_account_owner_is_an_owner: update public.users set account_owner_id = 'dan' where id = 'eve'
- users_account_owner_is_an_owner: update public.users set account_owner_id = 'eve' where id = 'cat'
- users_account_owner_is_an_owner: update public.users set account_owner_id = 'eve' where id = 'eve'
- users_account_owner_is_an_owner: insert into public.users (id, account_owner_id) values ('fay', 'dan')

a suspension and its reasons differ:
- users_suspended_for_a_reason: update public.users set suspended_for = '{money}' where id = 'dan'
- users_suspended_for_known_reasons: update public.users set status = 'suspended', suspended_for = '{rain}' where id = 'dan'
- users_suspended_with_owner_alone: update public.users
    set status = 'suspended', suspended_with_owner = true, suspended_for = '{money}' where id = 'dan'

an entry of the ledger is changed:
- 23001: update app.credit_transactions set amount = 11 where seq = 1
- 23001: update app.credit_transactions set actor = 'b'
- 23001: delete from app.credit_transactions
- 23001: delete from app.credit_transactions where seq = 2
- 23001: truncate app.credit_transactions cascade
- 23001: truncate app.credit_transactions, public.user_credits, app.stripe_payments

credits differ from the last entry:
- user_credits_adds_up: update public.user_credits set balance = 7 where last_seq = 2
- user_credits_agrees_with_an_entry: update public.user_credits set balance = 7, total_adjusted = 1 where last_seq = 2
- user_credits_agrees_with_the_last_entry: update public.user_credits
    set last_seq = 1, balance = 10, total_adjusted = 4 where last_seq = 2
- user_credits_agrees_with_the_last_entry: update public.user_credits
    set last_seq = null, balance = 0, total_adjusted = -6 where last_seq = 2
- user_credits_agrees_with_the_last_entry: update public.user_credits
    set total_purchased = total_purchased + 1, total_adjusted = total_adjusted - 1 where last_seq = 2
- user_credits_used_is_the_rounded_cost: update public.user_credits
    set total_used = 3, total_adjusted = -1 where last_seq = 2
- user_credits_used_is_the_rounded_cost: update public.user_credits set scaled_cost_usd = 0 where last_seq = 2
- user_credits_storage_is_its_seconds: update public.user_credits set storage_gb_months = 1 where last_seq = 2
- user_credits_without_entries_is_zero: update public.user_credits
    set balance = 1, total_adjusted = 1 where user_id = 'bob'
- user_credits_begins_with_nothing: insert into public.user_credits (user_id, total_purchased, total_adjusted)
    values ('bob2', 1, -1)
- credit_transactions_account_has_credits: delete from public.user_credits where user_id = 'ann'

a price changes that a day refers to:
- usage_daily_price_is_a_rate: update app.usage_rates set cpu_hour_usd = 2
- usage_daily_price_is_a_rate: delete from app.usage_rates
- usage_daily_price_is_a_rate: update public.usage_daily set cpu_hour_usd = 2

a day has neither a price nor a charge, or costs something else:
- usage_daily_has_a_price: update public.usage_daily
    set rate_effective_on = null, cpu_hour_usd = null, gpu_hour_usd = null, storage_gb_month_usd = null
- usage_daily_price_is_whole: update public.usage_daily set cpu_hour_usd = null
- usage_daily_charge_is_whole: update public.usage_daily set charged_usd = 1
- usage_daily_holds_what_was_charged: update public.usage_daily set charged_usd = 1, charged_until = '2026-01-03Z',
    charged_cpu_hours = 1, charged_gpu_hours = 0, charged_storage_gb_seconds = 0
- usage_daily_charge_is_of_its_day: update public.usage_daily set charged_usd = 1, charged_until = '2026-01-03T00:00:01Z',
    charged_cpu_hours = 0, charged_gpu_hours = 0, charged_storage_gb_seconds = 0
- usage_daily_cost_is_its_parts: alter table public.usage_daily disable trigger set_day;
    update public.usage_daily set scaled_cost_usd = 1

a project used something on a day that is none:
- usage_daily_projects_day_fkey: insert into app.usage_daily_projects values ('ann', '2026-01-03', 'x', 1, 0, 0)
- usage_daily_projects_project_is_short: insert into app.usage_daily_projects values ('ann', '2026-01-02', repeat('x', 201))

an opening is none:
- credit_transactions_opening_says_of_what: insert into app.credit_transactions (account_owner_id, kind, reference, actor, seq,
    amount, balance_before, balance_after) values ('bob', 'opening', 'used', 'a', 1, 1, 0, 1)
- credit_transactions_opening_says_of_what: insert into app.credit_transactions (account_owner_id, kind, actor, seq,
    amount, balance_before, balance_after) values ('bob', 'opening', 'a', 1, 1, 0, 1)
- credit_transactions_opening_comes_first: insert into app.credit_transactions (account_owner_id, kind, reference, actor, seq,
    amount, balance_before, balance_after) values ('ann', 'opening', 'purchased', 'a', 4, 1, 0, 1)
- 23001: truncate app.opening_usage
";

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
async fn what_is_never_so_is_refused_also_to_the_owner_of_the_tables() {
    let world = ann_with_a_ledger().await;
    world
        .sql(
            "insert into app.audit_log (actor, action, target, before) values ('a', 'b', 'c', '{}'); \
             insert into public.users (id) values ('cat'), ('dan'), ('eve'); \
             update public.users set account_owner_id = 'cat' where id = 'dan'; \
             insert into app.usage_rates values ('2026-01-01', 1, 1, 1, 'x'); \
             insert into public.usage_daily (user_id, account_owner_id, date, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
             values ('ann', 'ann', '2026-01-02', '2026-01-01', 1, 1, 1)",
        )
        .await;
    for refused in REFUSED.split("\n\n").flat_map(|group| group.split("\n- ").skip(1)) {
        let (by, sql) = refused.split_once(": ").unwrap();
        assert_refused(&world, [(refused, by, sql)]).await;
    }
}

#[tokio::test]
async fn an_administrator_is_made_by_an_operator_and_it_is_written_down() {
    let world = World::new().await;
    world
        .sql("insert into public.users (id, status, deleted_at) values ('a', 'active', null), ('b', 'deleted', now())")
        .await;
    assert_eq!(world.one("select promote_admin('a')").await, "t");
    assert_eq!(world.one("select promote_admin('b')").await, "f");
    assert_eq!(world.one("select promote_admin('nobody')").await, "f");
    assert_eq!(world.all("select id from public.users where is_admin").await, ["a"]);
    assert_eq!(
        world.one("select actor || ' ' || action || ' ' || target from app.audit_log").await,
        "operator users.promote a"
    );
}

/// Ann, with a purchase of 10 dollars and a usage of 4.
async fn ann_with_a_ledger() -> World {
    let world = World::new().await;
    world
        .sql(&format!(
            "insert into public.users (id) values ('ann'), ('bob'); \
             insert into app.account_memberships (user_id, effective_on, account_owner_id) \
             values ('ann', '-infinity', 'ann'), ('bob', '-infinity', 'bob'); \
             insert into public.user_credits (user_id) values ('ann'), ('bob'); \
             {}; \
             select post_entries(array[row('ann', 'usage', null, 4, 0, 0, 4 * app.billing_month_seconds(), null, null, null, null, null, 'a', null)::credit_change])",
            post("purchase", "10", "null, null", "k")
        ))
        .await;
    world
}

/// Posts an entry of Ann's. The origin is a reason, and the purchase that is refunded.
fn post(kind: &str, amount: &str, origin: &str, key: &str) -> String {
    format!(
        "select post_entries(array[row('ann', '{kind}', {amount}, null, null, null, null, null, {origin}, '{key}', sha256('x'), 'a', null)::credit_change])"
    )
}

/// Writes an entry past `post_entries`: its number, the amount, the balance before and after.
fn insert(owner: &str, numbers: &str) -> String {
    format!(
        "insert into app.credit_transactions \
           (account_owner_id, kind, idempotency_key, body_hash, actor, seq, amount, balance_before, balance_after) \
         values ('{owner}', 'adjustment', 'n', sha256('n'), 'a', {numbers})"
    )
}

/// An entry of Ann's, and the change of the credits row that would go with it.
fn entry(numbers: &str, row: &str) -> String {
    format!("with moved as (update public.user_credits set {row} where user_id = 'ann') {}", insert("ann", numbers))
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
async fn costs_are_rounded_half_to_even() {
    let world = World::new().await;
    assert_eq!(world.one("select app.billing_month_seconds()").await, "2592000", "30 days");
    let rounded = "select cost || ' -> ' || app.round_cost(cost * app.billing_month_seconds()) from unnest(array[ \
        0, 0.005, 0.015, 0.025, 0.0249999999999, 0.0250000000001, 174.999999, 1000000000000.005]) cost";
    assert_eq!(
        world.all(rounded).await,
        [
            "0 -> 0.00",
            "0.005 -> 0.00",
            "0.015 -> 0.02",
            "0.025 -> 0.02",
            "0.0249999999999 -> 0.02",
            "0.0250000000001 -> 0.03",
            "174.999999 -> 175.00",
            "1000000000000.005 -> 1000000000000.00",
        ]
    );
}
