//! Wrong states that the database itself refuses, whoever asks.

use local::testkit::World;

#[tokio::test]
async fn history_refuses_to_be_changed_even_by_its_owner() {
    let world = World::new().await;
    world
        .sql(
            "insert into public.users (id) values ('a'); \
             insert into public.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, idempotency_key, body_hash, actor) \
             values ('a', 1, 'purchase', 10, 0, 10, 'k', sha256('x'), 'a'); \
             insert into public.audit_log (actor, action, target) values ('a', 'b', 'c')",
        )
        .await;
    for table in ["credit_transactions", "audit_log"] {
        for change in ["update {} set actor = 'x'", "delete from {}", "truncate {} cascade"] {
            let sql = format!("set role app_owner; {}", change.replace("{}", &format!("public.{table}")));
            let refusal = world.direct().await.run(&sql).await.unwrap_err();
            assert_eq!(refusal.code, "23001", "{sql}: {}", refusal.message);
        }
    }
    let entry = |seq: u32, before: u32, after: u32| {
        format!(
            "insert into public.credit_transactions (account_owner_id, seq, kind, amount, balance_before, balance_after, actor) \
             values ('a', {seq}, 'usage', -1, {before}, {after}, 'a')"
        )
    };
    for (what, sql) in [
        ("a gap", entry(3, 10, 9)),
        ("a fork", entry(1, 0, 9)),
        ("a wrong start", entry(2, 11, 10)),
        ("a wrong sum", entry(2, 10, 8)),
        ("a stale balance", "insert into public.user_credits (user_id) values ('a')".to_owned()),
    ] {
        let refusal = world.direct().await.run(&sql).await.unwrap_err();
        assert!(refusal.code.starts_with("23"), "{what}: {refusal:?}");
    }
    world.sql(&entry(2, 10, 9)).await;
}

#[tokio::test]
async fn a_team_has_two_levels_and_no_third() {
    let world = World::new().await;
    world.sql("insert into public.users (id) values ('a'), ('b'), ('c'); update public.users set account_owner_id = 'a' where id = 'b'").await;
    for wrong in [
        "update public.users set account_owner_id = 'b' where id = 'c'",
        "update public.users set account_owner_id = 'c' where id = 'a'",
        "update public.users set account_owner_id = 'c' where id = 'c'",
        "insert into public.users (id, account_owner_id) values ('d', 'b')",
    ] {
        let refusal = world.direct().await.run(wrong).await.unwrap_err();
        assert_eq!(refusal.constraint.as_deref(), Some("users_account_owner_is_an_owner"), "{wrong}");
    }
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
