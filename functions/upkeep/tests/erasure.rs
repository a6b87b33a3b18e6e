//! The person of a deleted user is erased when the time has come, everywhere but where the guide says.

use testkit::World;

use crate::days::{it_is, run, world};

/// What is to disappear has this word in it.
const MARKED: &str = "marker";

/// The user of a bare id, who has left something in every place, and whose account has paid and used.
async fn with_traces() -> World {
    let world = world().await;
    world.add_administrator().await;
    world.add_cluster("demo", 9).await;
    for name in ["p1", "bob"] {
        world.sign_up(name).await;
    }
    world
        .sql(
            "alter table public.users add column picture text, add column plan text not null default 'free'; \
             update public.users set email = 'Marker@Example.com', name = 'Marker Person', \
               metadata = '{\"phone\": \"marker-1\"}', picture = 'https://x.io/marker.png', plan = 'marker' where id = 'auth0|p1'; \
             update public.instances set instance_name = 'markers-box' where user_id = 'auth0|p1'; \
             insert into app.login_events (webhook_id, user_id, logged_in_at) values ('marker-login', 'auth0|p1', app.now()); \
             insert into public.clusters (user_id, deployment_type, zone) values ('auth0|p1', 'aws', 'marker-zone'); \
             insert into public.team_invites (account_owner_id, email, token_hash, created_at, expires_at, accepted_at, accepted_by_user_id) \
             values ('auth0|p1', 'friend-of-marker@x.io', sha256('1'), app.now(), app.now() + interval '40 days', null, null), \
               ('auth0|bob', 'marker@example.com', sha256('2'), app.now(), app.now() + interval '1 day', null, null), \
               ('auth0|bob', 'marker@work.io', sha256('3'), app.now(), app.now() + interval '40 days', app.now(), 'auth0|p1'); \
             insert into app.taken_over (table_name, row_id, before, why) values \
               ('users', 'auth0|p1', '{\"name\": \"Marker\"}', 'x'), \
               ('clusters', '7', '{\"user_id\": \"auth0|p1\", \"zone\": \"marker\"}', 'x'), \
               ('team_invites', '8', '{\"account_owner_id\": \"auth0|bob\", \"deep\": [{\"to\": \"MARKER@example.com\"}]}', 'x'), \
               ('users', 'auth0|bob', '{\"name\": \"Bob\"}', 'x'); \
             insert into app.usage_rates values ('2040-01-01', 1, 1, 1, 'test')",
        )
        .await;
    for (function, machine, input) in [
        ("update_user", "admin", r#""id": {"id": "auth0|p1"}, "changes": {"name": "Marker the Second"}"#),
        (
            "record_usage",
            "machine",
            r#""readings": [{"index": 0, "source": "s", "user_id": "auth0|p1", "project": "marker-project", "cpu_hours": 2,
               "gpu_hours": 0, "storage_gb": 0, "window_start": "2040-07-15T08:00:00Z", "window_end": "2040-07-15T09:00:00Z"}]"#,
        ),
    ] {
        let caller = format!(r#"{{"sub": "auth0|admin", "must_be": "{machine}", "request_id": "r"}}"#);
        world.sql(&format!("select {function}('{{\"caller\": {caller}, \"input\": {{{input}}}}}')")).await;
    }
    world
        .sql(
            "select post_entries(array[row('auth0|p1', 'purchase', 10, null, null, null, null, null, 'for Marker', null, 'k', \
               sha256('x'), 'auth0|admin', null)::credit_change]); \
             insert into app.audit_log (actor, action, target, before) \
             values ('auth0|p1', 'users.release_email', 'auth0|bob', '{\"email\": \"marker@example.com\"}'); \
             insert into app.hopsworks_accounts (user_id, hopsworks_cluster_id, wanted, done_revision, done_at, hopsworks_user_id, hopsworks_username, seen_status) \
             select 'auth0|p1', id, 'deactivated', 1, app.now(), 10007, 'marker00', 'deactivated' from public.hopsworks_clusters; \
             insert into app.hopsworks_projects (hopsworks_cluster_id, hopsworks_project_id, name, namespace, owner_username, user_id, from_hour, to_hour) \
             select id, n, 'p', 'n' || n, 'marker00', 'auth0|p1', '2040-01-01Z', case n when 1 then timestamptz '2040-02-01Z' else 'infinity' end \
             from public.hopsworks_clusters, generate_series(1, 2) n; \
             select set_user_status('auth0|p1', 'deleted')",
        )
        .await;
    world
}

/// The tables in which the word stands, in whatever column.
async fn marked(world: &World) -> Vec<String> {
    let count = format!("select count(*) as n from %s t where t::text ilike '%%{MARKED}%%'");
    world
        .all(&format!(
            "select c.oid::regclass::text collate \"C\" as name from pg_class c \
             where c.relkind in ('r', 'p') and not c.relispartition \
               and c.relnamespace in ('public'::regnamespace, 'app'::regnamespace) \
               and (xpath('/row/n/text()', query_to_xml(format('{}', c.oid::regclass), false, true, '')))[1]::text <> '0' \
             order by name",
            count.replace('\'', "''")
        ))
        .await
}

/// What the guide says stays: what the account was told when it paid and used, and what is others' or the cluster's.
const STAYS: [&str; 4] =
    ["app.credit_transactions", "app.hopsworks_projects", "app.usage_daily_projects", "app.usage_readings"];

#[tokio::test]
async fn thirty_days_after_the_end_of_a_user_no_column_of_any_table_tells_who_it_was() {
    let world = with_traces().await;
    assert_eq!(marked(&world).await.len(), STAYS.len() + 8, "{:?}", marked(&world).await);
    let entries = "select jsonb_agg(to_jsonb(t) order by seq) from app.credit_transactions t";
    let (ledger, sums) =
        (world.one(entries).await, "select balance || ' ' || total_used from public.user_credits where last_seq = 2");
    let before = world.one(sums).await;
    it_is(&world, "2040-08-14 11:59:59Z").await;
    assert_eq!(run(&world).await["users_erased"], 0);
    assert_eq!(world.one("select name from public.users where id = 'auth0|p1'").await, "Marker the Second");

    it_is(&world, "2040-08-14 12:00Z").await;
    assert_eq!(run(&world).await["users_erased"], 1);
    assert_eq!(marked(&world).await, STAYS);
    assert_eq!(world.one("select reason from app.credit_transactions where seq = 2").await, "for Marker");
    assert_eq!(
        world.one("select owner_username from app.hopsworks_projects where to_hour = 'infinity'").await,
        "marker00"
    );
    assert_eq!(world.all("select table_name || row_id from app.taken_over").await, ["usersauth0|bob"]);
    // What the account paid and used is as it was, and so is who changed what.
    assert_eq!((world.one(entries).await, world.one(sums).await), (ledger, before));
    let log = "select concat_ws(' ', actor, action, before, after, erased_at is not null) from app.audit_log where action <> 'users.promote' order by id";
    assert_eq!(world.all(log).await, ["auth0|admin users.update t", "auth0|p1 users.release_email t"]);
    let row = "select concat_ws(' ', id, status, picture, plan, metadata, erased_at = app.now()) from public.users where erased_at is not null";
    assert_eq!(world.one(row).await, "auth0|p1 deleted free {} t");
    world.assert_sound().await;

    it_is(&world, "2040-08-15 12:00Z").await;
    assert_eq!(run(&world).await["users_erased"], 0, "once is enough");
    assert_eq!(world.one("select erased_at = '2040-08-14 12:00Z' from public.users where id = 'auth0|p1'").await, "t");
}

#[tokio::test]
async fn the_time_is_the_operators_to_set_and_without_it_thirty_days() {
    let world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world
        .sql(
            "select set_user_status('auth0|ann', 'deleted'); \
             update public.users set deleted_at = app.now() - interval '29 days' where id = 'auth0|ann'",
        )
        .await;
    assert_eq!(run(&world).await["users_erased"], 0);
    world.sql("insert into app.erasure_policy (retention) values ('28 days')").await;
    assert_eq!(run(&world).await["users_erased"], 1);
    assert_eq!(
        world.all("select id from public.users where erased_at is null").await,
        ["auth0|bob"],
        "who is there stays"
    );
    let refusal = world.direct().await.run("update app.erasure_policy set retention = '-1 day'").await.unwrap_err();
    assert_eq!(refusal.constraint.as_deref(), Some("erasure_policy_retention_is_possible"));
}

#[tokio::test]
async fn more_than_one_statement_can_bear_are_erased_in_pieces() {
    let world = world().await;
    world
        .sql(
            "insert into public.users (id, name, status, deleted_at) \
             select 'auth0|' || n, 'x', 'deleted', '2040-01-01Z' from generate_series(1, 250) n; \
             insert into app.account_memberships (user_id, effective_on, account_owner_id) select id, '-infinity', id from public.users; \
             insert into public.user_credits (user_id) select id from public.users; \
             insert into public.instances (user_id, instance_name, status, deleted_at) \
             select id, 'x', 'deleted', app.now() from public.users",
        )
        .await;
    assert_eq!(run(&world).await["users_erased"], 250);
    world.assert_sound().await;
}

#[tokio::test]
async fn an_invite_that_is_open_and_an_address_that_another_user_has_by_now_are_not_the_deleted_users() {
    let world = world().await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world
        .sql(
            "select set_user_status('auth0|ann', 'deleted'); \
             select sync_user('{\"input\": {\"user_id\": \"google|ann\", \"email\": \"ann@example.com\", \"email_verified\": true, \
               \"logged_in_at\": \"2026-01-01T00:00:00Z\"}}'); \
             update public.users set deleted_at = '2040-01-01Z' where id = 'auth0|ann'; \
             insert into public.team_invites (account_owner_id, email, token_hash, expires_at, withdrawn_at) \
             values ('auth0|bob', 'Ann@example.com', sha256('1'), app.now() + interval '1 day', null), \
               ('auth0|bob', 'ann@example.com', sha256('2'), app.now() + interval '1 day', app.now())",
        )
        .await;
    assert_eq!(run(&world).await["users_erased"], 1);
    assert_eq!(world.all("select email from public.team_invites").await, ["Ann@example.com"]);
    assert_eq!(world.one("select email from public.users where id = 'google|ann'").await, "ann@example.com");
    world.assert_sound().await;
}

#[tokio::test]
async fn an_account_on_a_cluster_is_forgotten_once_it_is_deactivated_and_a_project_once_it_has_ended() {
    let world = with_traces().await;
    // As `provision` has it: the account is still to be ended.
    world
        .sql(
            "update public.hopsworks_clusters set api_key = 'enc:k1:b4k60zFdm4wBhja11GaFezLePAwIGDzSmfdZt2LCjZ3vqUXo'; \
             insert into app.hopsworks_provisioning (hopsworks_cluster_id, oauth_client_id) select id, 'x' from public.hopsworks_clusters; \
             update app.hopsworks_accounts set revision = 2, error_code = 'x', error_detail = 'GET /marker00', attempts = 1 \
             where user_id = 'auth0|p1'; \
             update public.users set deleted_at = '2040-01-01Z' where id = 'auth0|p1'",
        )
        .await;
    assert_eq!(run(&world).await["users_erased"], 1);
    let account = "select concat_ws(' ', wanted, hopsworks_user_id, hopsworks_username, seen_status, error_detail) \
        from app.hopsworks_accounts where user_id = 'auth0|p1'";
    assert_eq!(world.one(account).await, "deactivated 10007 marker00 deactivated");
    world
        .sql(
            "update app.hopsworks_accounts set done_revision = 2, hopsworks_username = 'marker01' where user_id = 'auth0|p1'; \
             update app.hopsworks_projects set to_hour = '2040-07-15 12:00Z' where to_hour = 'infinity'",
        )
        .await;
    assert_eq!(world.one(account).await, "deactivated");
    assert_eq!(world.all("select owner_username from app.hopsworks_projects").await, ["erased", "erased"]);
    // The invite is Bob's, and open.
    let left = ["app.credit_transactions", "app.usage_daily_projects", "app.usage_readings", "team_invites"];
    assert_eq!(marked(&world).await, left);
}

#[tokio::test]
async fn a_trace_that_somebody_leaves_afterwards_is_a_violation() {
    let world = with_traces().await;
    world.sql("select erase_persons(array['auth0|p1'])").await;
    world.assert_sound().await;
    let later = "create or replace function app.now() returns timestamptz language sql stable parallel safe \
        set search_path = pg_catalog, pg_temp as $$ select timestamptz '2040-07-14 12:00Z' $$";
    world
        .sql(&format!(
            "set session_replication_role = replica; {later}; \
             insert into app.login_events (webhook_id, user_id, logged_in_at) values ('m', 'auth0|p1', app.now()); \
             insert into public.clusters (user_id, deployment_type, status, deleted_at) values ('auth0|p1', 'aws', 'deleted', app.now()); \
             insert into public.team_invites (account_owner_id, email, token_hash, expires_at, accepted_at, accepted_by_user_id) \
             values ('auth0|bob', 'x@x.io', sha256('9'), app.now() + interval '1 day', app.now(), 'auth0|p1'); \
             update app.hopsworks_accounts set hopsworks_user_id = 7 where user_id = 'auth0|p1'; \
             update app.hopsworks_projects set owner_username = 'm' where to_hour < 'infinity'; \
             insert into app.taken_over (table_name, before, why) values ('clusters', '{{\"user_id\": \"auth0|p1\"}}', 'x'); \
             with e as (insert into app.audit_entries (actor, action, target) values ('a', 'x', 'auth0|p1') returning id) \
             insert into app.audit_details (id, after) select id, '{{}}' from e"
        ))
        .await;
    let places = "select split_part(substr(detail, 9), ',', 1) from app.invariant_violations \
        where kind = 'no_trace_of_an_erased_user' and id = 'auth0|p1' order by 1";
    let expected = [
        "app.audit_details",
        "app.hopsworks_accounts",
        "app.hopsworks_projects",
        "app.login_events",
        "app.taken_over",
        "public.clusters",
        "public.team_invites",
    ];
    assert_eq!(world.all(places).await, expected);
}

/// A migration that adds a column to `users` says in `columns_of_the_web_app` that it is ours, and whether it is erased.
#[tokio::test]
async fn no_column_of_ours_is_taken_for_one_that_the_web_app_added() {
    let world = world().await;
    assert_eq!(world.one("select columns_of_the_web_app()").await, "{}");
    world.sql("alter table public.users add column own text, add column kept text not null").await;
    assert_eq!(world.one("select columns_of_the_web_app()").await, "{own}", "what cannot be emptied stays");
}
