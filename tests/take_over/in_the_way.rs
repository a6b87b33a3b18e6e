//! What a person is told before anything is changed.

use ops::take_over::structure;

use crate::fixtures::{HANGING, OTHER_APP, WebApp, all, lines, sources};

/// What the web app's own migrations may have left, each with the beginning of what is said of it.
const IN_THE_WAY: &[(&str, &str)] = &[
    ("create schema app; create table app.migrated (a integer)", "app is not of the back office"),
    ("create table users (name text)", "public.users has no column id, so it means something else"),
    ("create view usage_daily as select 1 as user_id", "public.usage_daily is a view"),
    (
        "create table users (id text) partition by hash (id)",
        "public.users is a partitioned table and not a plain table",
    ),
    ("create table users (id text); create table more () inherits (users)", "public.users inherits from another table"),
    (
        "create table users (id uuid primary key); create table orders (of uuid references users)",
        "orders_of_fkey on public.orders refers to public.users.id, which becomes text",
    ),
    (
        "create table users (id text primary key, email text unique); create table mails (address text references users (email))",
        "users_email_key on public.users is no key of ours (email), and public.mails mails_address_fkey refers to it",
    ),
    ("create table users (id text primary key, email bytea)", "public.users.email is bytea and cannot be read as text"),
    (
        "create table users (id text primary key); create rule r as on delete to users do instead nothing",
        "r on public.users does something else instead of what is asked",
    ),
    (
        "create table users (id varchar(9) primary key); create table kept (whole users)",
        "public.kept.whole holds whole rows of public.users",
    ),
    (
        "create table usage_daily (user_id text, date date, note text, primary key (user_id, date));
         create view days as select user_id, date, note, count(*) from usage_daily group by user_id, date",
        "view public.days groups by the primary key of public.usage_daily (user_id, date), which is another one in ours",
    ),
    (
        "create domain given as text not null; create table users (id text primary key, nickname given)",
        "public.users.nickname has a domain that refuses null",
    ),
    ("create type person as (id text); create table users of person", "public.users is a table of a type"),
    (
        "create table users (id text); alter table users enable row level security, force row level security",
        "public.users shows its owner only the rows that policies let through",
    ),
    (
        "create table user_credits (user_id text, \"totalUsed\" numeric)",
        "public.user_credits.\"totalUsed\" is not read, as ours is called total_used",
    ),
    (
        "create table users (id text, created_at timestamp, since date generated always as (created_at::date) stored)",
        "public.users.since is computed ((created_at)::date) from a column that changes its type",
    ),
];

#[tokio::test]
async fn what_is_in_the_way_is_named_with_what_to_do() {
    let web_app = WebApp::new("select").await;
    let mut database = web_app.connect().await;
    for (made, said) in IN_THE_WAY {
        database.run(&format!("begin; {made}")).await.unwrap();
        let notes = structure::inspect(&mut database, &sources(), &[]).await.unwrap();
        let blocking: Vec<_> =
            notes.iter().filter(|note| note.blocks).map(|note| format!("{} {}", note.subject, note.done)).collect();
        assert!(blocking.iter().any(|line| line.starts_with(said)), "{made}: {blocking:#?}");
        database.run("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn looking_changes_nothing_and_locks_no_table() {
    let web_app = WebApp::new(OTHER_APP).await;
    let (before, mut database, mut writer) =
        (lines(&mut web_app.connect().await, HANGING).await, web_app.connect().await, web_app.connect().await);
    // Somebody is writing to every table and is not done.
    let everything = "users, user_credits, hopsworks_clusters, user_hopsworks_assignments, clusters, usage_daily, team_invites, orders";
    writer.run(&format!("begin; lock table {everything} in row exclusive mode")).await.unwrap();
    database.run("begin; set local lock_timeout = '50ms'").await.unwrap();
    structure::inspect(&mut database, &sources(), &[]).await.unwrap();
    database.run("commit").await.unwrap();
    assert_eq!(lines(&mut database, HANGING).await, before);
    assert_eq!(all(&mut database, "select to_regnamespace('app')::text").await, Vec::<String>::new());
}

#[tokio::test]
async fn views_and_functions_that_open_the_tables_are_named_through_others_too() {
    let web_app = WebApp::new(
        "create table users (id text primary key, email text);
         create view inner_view as select id, email from users;
         create view outer_view as select id from inner_view;
         create view asks with (security_invoker = true) as select id from users;
         create view over_asks as select id from asks;
         create materialized view kept as select id from over_asks;
         create view closed as select id from inner_view;
         grant usage on schema public to anon;
         grant select on outer_view, asks, over_asks, kept to anon;
         create schema api;
         create function api.all_mails() returns setof text language sql security definer as 'select email from public.inner_view';
         create function api.one() returns integer language sql security definer as 'select 1'",
    )
    .await;
    let open: Vec<_> = web_app.notes(&[]).await.into_iter().filter(|note| note.kind == "open").collect();
    let named: Vec<_> = open.iter().map(|note| &*note.subject).collect();
    assert_eq!(named, ["api.all_mails()", "public.kept", "public.outer_view"]);
}

#[tokio::test]
async fn ids_that_change_are_named_and_kept_with_what_they_become() {
    let web_app = WebApp::new(
        "create table clusters (id bigint primary key, user_id text);
         create table jobs (cluster_id bigint, note text);
         insert into clusters values (7, 'auth0|ann')",
    )
    .await;
    let notes: Vec<_> = web_app.notes(&[]).await.iter().map(ToString::to_string).collect();
    for said in ["column public.clusters.id: is bigint and becomes", "column public.jobs.cluster_id: may hold ids"] {
        assert!(notes.iter().any(|note| note.starts_with(said)), "{said}: {notes:#?}");
    }
    let rows = "create temp table ids as select id from public.clusters; delete from public.clusters";
    let mut database = web_app.take_over(rows, &[]).await;
    let kept = "select t.before ->> 'id' from app.taken_over t join ids i on i.id::text = t.row_id where t.table_name = 'clusters'";
    assert_eq!(all(&mut database, kept).await, ["7"]);
}
