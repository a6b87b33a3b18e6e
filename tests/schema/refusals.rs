//! Wrong states that the database itself refuses, whoever asks.

use testkit::World;

#[tokio::test]
async fn the_audit_log_refuses_to_be_changed_even_by_its_owner() {
    let world = World::new().await;
    world.sql("insert into public.audit_log (actor, action, target) values ('a', 'b', 'c')").await;
    for change in
        ["update public.audit_log set actor = 'x'", "delete from public.audit_log", "truncate public.audit_log"]
    {
        let refusal = world.direct().await.run(&format!("set role app_owner; {change}")).await.unwrap_err();
        assert_eq!(refusal.code, "23001", "{change}: {}", refusal.message);
    }
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
