//! The tables of a web app become what ours are, whatever they were, and what hangs on them goes on working.

use std::time::Duration;

use ops::schema::{migrator, plan};

use crate::fixtures::{HANGING, OTHER_APP, WebApp, all, beyond_ours, lines, plain, sources};

/// Makes the rows of the other app right.
const ROWS: &str = "
    update public.users set email_verified = false, suspended_with_owner = false, login_count = coalesce(login_count, 0),
      metadata = coalesce(metadata, '{}'), created_at = least(created_at, '2026-01-01'), updated_at = '2026-01-01';
    delete from public.usage_daily; delete from public.team_invites; delete from public.user_credits;
    update public.clusters set created_at = deleted_at, updated_at = deleted_at, status = 'deleted';
    update public.hopsworks_clusters set metadata = '{}', created_at = '2026-01-01', updated_at = '2026-01-01';
    update public.user_hopsworks_assignments set assigned_at = '2026-01-01';
";

#[tokio::test]
async fn tables_that_were_made_otherwise_become_what_ours_are() {
    let web_app = WebApp::new(OTHER_APP).await;
    assert_eq!(web_app.blocked().await, Vec::<String>::new());
    let mut database = web_app.take_over(ROWS, &[]).await;
    let further = beyond_ours(&mut database).await;
    assert_eq!(
        plain(further, &web_app),
        [
            "column public.team_invites token text \"default\" f   x",
            "column public.usage_daily usage_daily_pkey integer - t  a p",
            "column public.users email_lower text \"default\" f s  x lower(email)",
            "column public.users is_owner_web_app boolean - f   p true",
            "column public.users nickname text \"default\" f   x",
            "column public.users plan_id integer - f   p",
            "constraint public.users users_name_is_short_web_app CHECK ((nickname <> 'x'::text)) t",
            "constraint public.users users_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id) t",
            "index public.users CREATE INDEX users_active ON public.users USING btree (plan_id) WHERE (status = 'active'::text) t f",
            "index public.users CREATE INDEX users_by_mail ON public.users USING btree (email varchar_pattern_ops) t f",
            "index public.users CREATE INDEX users_status_created_at_idx_web_app ON public.users USING btree (plan_id) t f",
            "index public.users CREATE UNIQUE INDEX users_email_lower ON public.users USING btree (email_lower) t f",
            "right public.users web_app_reporting app_owner SELECT f",
            "trigger public.users CREATE TRIGGER of_email BEFORE UPDATE OF email ON public.users FOR EACH ROW WHEN ((new.email IS NOT NULL)) EXECUTE FUNCTION public.stamp() O",
            "trigger public.users CREATE TRIGGER sleeps BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.stamp() D",
            "trigger public.users CREATE TRIGGER touch_updated_at_web_app BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.stamp() O",
        ]
    );
}

#[tokio::test]
async fn what_hangs_on_the_tables_comes_back_as_it_was() {
    let web_app = WebApp::new(OTHER_APP).await;
    let before = lines(&mut web_app.connect().await, HANGING).await;
    let mut database = web_app.take_over(ROWS, &[]).await;
    let after = lines(&mut database, HANGING).await;
    assert_eq!(
        plain(before.difference(&after).cloned(), &web_app),
        [
            "function stamp()  begin return new; end  web_app {=X/web_app,anon=X/web_app,web_app=X/web_app} f",
            "index orders CREATE INDEX usage_daily_account_owner_id_idx ON public.orders USING btree (amount)",
            // These write what is ours.
            "trigger orders CREATE TRIGGER charges AFTER INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION charge() O",
            "trigger plans CREATE TRIGGER forgets AFTER DELETE ON public.plans FOR EACH ROW EXECUTE FUNCTION through() O",
        ]
    );
    assert_eq!(
        plain(after.difference(&before).cloned(), &web_app),
        [
            // A trigger of theirs calls it: with its owner's rights.
            "function stamp()  begin return new; end  web_app {web_app=X/web_app} t",
            "index orders CREATE INDEX usage_daily_account_owner_id_idx_web_app ON public.orders USING btree (amount)",
            "trigger orders CREATE TRIGGER charges AFTER INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION charge() D",
            "trigger plans CREATE TRIGGER forgets AFTER DELETE ON public.plans FOR EACH ROW EXECUTE FUNCTION through() D",
        ]
    );
    for (query, expected) in [
        ("select id || address from admins", "auth0|annAnn@example.com"),
        ("select status || users from counted", "active2"),
        ("select here::text from mails_here", "2"),
        ("select id from list_emails() where email like 'bob%'", "auth0|bob"),
        ("select email_lower || is_owner || login_count from all_users() where is_admin", "ann@example.comtrue12"),
        ("select metadata ->> 'a' from users where id = 'auth0|ann'", "1.10"),
        ("select last_login_at at time zone 'UTC' from users where id = 'auth0|bob'", "2025-11-27 00:00:00"),
        (
            "select c.name from hopsworks_clusters c join user_hopsworks_assignments a on a.hopsworks_cluster_id = c.id",
            "one",
        ),
        (
            "select id from clusters where deleted_at at time zone 'UTC' = '2026-01-02'",
            "391e472e-db14-3b1f-2712-cc17a027e13d",
        ),
    ] {
        assert_eq!(all(&mut database, query).await, [expected], "{query}");
    }
}

#[tokio::test]
async fn a_table_with_another_meaning_is_set_aside() {
    let web_app = WebApp::new(
        "create table clusters (name text, constraint clusters_pkey primary key (name));
         create table points (cluster text references clusters);
         create view instances as select name from clusters;
         create index usage_daily_pkey on points (cluster);
         insert into clusters values ('of points')",
    )
    .await;
    let aside = ["clusters", "instances"];
    let notes = web_app.notes(&aside).await;
    assert!(notes.iter().all(|note| !note.blocks), "{notes:?}");
    let mut database = web_app.take_over("", &aside).await;
    assert_eq!(beyond_ours(&mut database).await, Vec::<String>::new());
    assert_eq!(all(&mut database, "select name from instances_web_app").await, ["of points"]);
    let refers = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'points'::regclass";
    assert_eq!(all(&mut database, refers).await, ["FOREIGN KEY (cluster) REFERENCES clusters_web_app(name)"]);
}

#[tokio::test]
async fn rights_that_somebody_else_has_given_are_taken_away() {
    let web_app = WebApp::new(
        "grant usage on schema public to service_role, REPORTING;
         create table users (id text primary key, email text, seen bigserial);
         grant select, update on users to service_role, REPORTING with grant option;
         set role service_role;
         grant select on users to anon;
         set role REPORTING;
         grant select on users to authenticated, public;
         grant update (email) on users to anon;
         reset role;
         grant usage on sequence users_seen_seq to anon",
    )
    .await;
    let mut database = web_app.take_over("", &[]).await;
    assert_eq!(
        plain(beyond_ours(&mut database).await, &web_app),
        [
            "column public.users seen bigint - t   p nextval('public.users_seen_seq'::regclass)",
            "right public.users web_app_reporting app_owner SELECT f",
            "right public.users web_app_reporting app_owner UPDATE f",
        ]
    );
    let open = "select rolname from pg_roles where rolname in ('anon', 'authenticated')
        and (has_table_privilege(oid, 'users', 'select') or has_sequence_privilege(oid, 'users_seen_seq', 'usage'))";
    assert_eq!(all(&mut database, open).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_migration_that_ended_at_the_web_apps_tables_is_no_obstacle() {
    let web_app = WebApp::new("create table users (id text primary key)").await;
    let stopped = migrator::migrate(&mut web_app.connect().await, &sources(), Duration::ZERO).await;
    assert!(stopped.unwrap_err().to_string().contains("make take-over"));
    // Another checkout got as far as this.
    let sources = sources();
    for step in &plan::steps(&sources).unwrap()[..=sources.functions.len()] {
        web_app.connect().await.run(&step.statement).await.unwrap();
    }
    let mut database = web_app.take_over("", &[]).await;
    assert_eq!(beyond_ours(&mut database).await, Vec::<String>::new());
}

#[tokio::test]
async fn rows_change_although_their_table_is_published_or_referred_to() {
    let web_app = WebApp::new(
        "create table users (id text primary key, plan text);
         create unlogged table team_invites (account_owner_id text, email text);
         create table usage_daily (user_id text, date date, note text, primary key (user_id, date));
         create publication days for table usage_daily, users;
         alter table team_invites add token text not null unique;
         alter table team_invites replica identity using index team_invites_token_key;
         create table visits (of text references users deferrable initially deferred);
         create table invited (by text references users);
         alter table users add invited_by text references users on delete set null;
         insert into users values ('auth0|ann'), ('auth0|bob'); insert into visits values ('auth0|ann'); delete from users where id = 'auth0|bob';
         insert into usage_daily values ('auth0|ann', '2026-01-01', 'x');
         set constraints all immediate; alter table users replica identity nothing",
    )
    .await;
    assert_eq!(web_app.blocked().await, Vec::<String>::new());
    let rows = "update public.users set id = 'auth0|eve', email_verified = false, is_admin = false, status = 'active',
          suspended_with_owner = false, login_count = 0, metadata = '{}', created_at = '2026-01-01', updated_at = '2026-01-01';
        update public.visits set of = 'auth0|eve';
        update public.usage_daily set note = 'y'; delete from public.usage_daily";
    let mut database = web_app.take_over(rows, &[]).await;
    assert_eq!(
        beyond_ours(&mut database).await,
        [
            "column public.team_invites token text \"default\" f   x",
            "column public.usage_daily note text \"default\" f   x",
            "column public.users invited_by text \"default\" f   x",
            "column public.users plan text \"default\" f   x",
            "constraint public.team_invites team_invites_token_key UNIQUE (token) t",
            "constraint public.users users_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.users(id) ON DELETE SET NULL t",
            "index public.team_invites CREATE UNIQUE INDEX team_invites_token_key ON public.team_invites USING btree (token) t f",
        ]
    );
}
