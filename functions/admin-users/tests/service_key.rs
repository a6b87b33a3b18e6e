//! What the web app may still write with the service key, and what it is told to call instead.

use testkit::World;

/// What breaks no rule, also in columns that the web app has added.
const WRITTEN: [&str; 12] = [
    "update public.users set email = 'new@example.com', name = 'New', metadata = '{\"tags\": [\"beta\"]}', is_admin = true, \
       last_login_at = now(), login_count = 7, stripe = 's' where id = 'auth0|ann'",
    "update public.users set id = id, status = 'active', account_owner_id = null, name = 'Same' where id = 'auth0|ann'",
    "update public.user_credits set stripe = 's', updated_at = now()",
    "update public.usage_daily set stripe = 's'",
    "update public.team_invites set stripe = 's'",
    "update public.user_hopsworks_assignments set stripe = 's'",
    "update public.instances set stripe = 's', instance_name = 'mine'",
    "insert into public.hopsworks_clusters (name, api_url, api_key, max_users) values ('more', 'https://more.example', null, 1)",
    "update public.hopsworks_clusters set max_users = 9, status = 'maintenance', current_users = current_users + 1, metadata = '{}'",
    "insert into public.clusters (user_id, deployment_type) values ('auth0|ann', 'serverless')",
    "update public.clusters set status = 'stopped', hopsworks_project_id = '119', stripe = 's' where user_id = 'auth0|ann'",
    "delete from public.clusters where user_id = 'auth0|ann'",
];

/// What would break one, and the route that the sentence must name.
const REFUSED: [(&str, &str); 38] = [
    ("insert into public.users (id) values ('auth0|new')", "POST /api/auth/me"),
    (
        "insert into public.users (id) values ('auth0|ann') on conflict (id) do update set name = 'x'",
        "POST /api/auth/me",
    ),
    ("delete from public.users", "PATCH /api/admin/users/{id}"),
    ("update public.users set status = 'suspended'", "PATCH /api/admin/users/{id}"),
    ("update public.users set status = 'deleted', deleted_at = now()", "PATCH /api/admin/users/{id}"),
    ("update public.users set suspended_with_owner = true", "PATCH /api/admin/users/{id}"),
    ("update public.users set suspended_for = '{money}'", "PATCH /api/admin/users/{id}"),
    ("update public.users set account_owner_id = 'auth0|ann' where id = 'auth0|bob'", "POST /api/team/invites/accept"),
    ("update public.users set account_owner_id = null where id = 'auth0|eve'", "DELETE /api/team/members/{user_id}"),
    ("update public.users set id = 'auth0|other' where id = 'auth0|bob'", "PATCH /api/admin/users/{id}"),
    ("update public.users set waiting_since = now()", "PATCH /api/admin/users/{id}"),
    ("insert into public.user_credits (user_id) values ('auth0|eve')", "POST /api/credits/purchases"),
    ("update public.user_credits set total_used = 5 where user_id = 'auth0|ann'", "POST /api/usage"),
    ("update public.user_credits set total_purchased = total_purchased + 5", "POST /api/credits/purchases"),
    ("update public.user_credits set cpu_hours_used = 5", "POST /api/usage"),
    ("delete from public.user_credits", "POST /api/credits/adjustments"),
    ("update public.user_credits set state = 'good'", "PUT /api/credits/policy"),
    ("update public.user_credits set monthly_cap = null, overdraft = 1000", "PUT /api/credits/policy"),
    ("insert into public.usage_daily (user_id, date) values ('auth0|ann', '2026-01-01')", "POST /api/usage"),
    ("update public.usage_daily set total_cost = 5", "POST /api/usage"),
    ("update public.usage_daily set storage_gb = 5", "POST /api/usage"),
    ("update public.usage_daily set charged_usd = 5", "POST /api/usage"),
    ("delete from public.usage_daily", "POST /api/usage"),
    ("insert into public.team_invites (email) values ('x@example.com')", "POST /api/team/invites"),
    ("update public.team_invites set accepted_at = now()", "POST /api/team/invites/accept"),
    ("delete from public.team_invites", "DELETE /api/team/invites/{id}"),
    ("update public.team_invites set expired_at = now()", "DELETE /api/team/invites/{id}"),
    ("insert into public.user_hopsworks_assignments (user_id) values ('auth0|bob')", "POST /api/clusters/assign"),
    ("update public.user_hopsworks_assignments set user_id = 'auth0|bob'", "POST /api/clusters/assign"),
    ("delete from public.user_hopsworks_assignments", "DELETE /api/clusters/assign/{user_id}"),
    ("insert into public.instances (user_id, instance_name) values ('auth0|x', 'x')", "POST /api/clusters/assign"),
    (
        "update public.instances set status = 'active', hopsworks_url = 'https://x.example'",
        "PATCH /api/admin/users/{id}",
    ),
    ("delete from public.instances", "DELETE /api/clusters/assign/{user_id}"),
    (
        "insert into public.hopsworks_clusters (name, api_url, api_key, max_users) values ('x', 'https://x.example', 'plain', 1)",
        "POST /api/admin/hopsworks-clusters",
    ),
    ("update public.hopsworks_clusters set api_key = 'plain'", "PATCH /api/admin/hopsworks-clusters/{id}"),
    (
        "insert into public.clusters (user_id, deployment_type, hopsworks_api_key) values ('auth0|ann', 'x', 'plain')",
        "POST /api/clusters",
    ),
    ("update public.clusters set hopsworks_api_key = 'plain'", "PATCH /api/clusters/{id}"),
    ("insert into public.clusters (user_id, deployment_type) values ('auth0|gone', 'x')", "POST /api/clusters"),
];

/// Ann with a seat, a deployment, an invite and a day; Eve, a member of hers; Bob; and somebody who was deleted. Each
/// table has a column of the web app's.
async fn world() -> World {
    let world = World::new().await;
    world.add_cluster("home", 5).await;
    for name in ["ann", "bob", "eve", "gone"] {
        world.sign_up(name).await;
    }
    world.join("eve", "ann").await;
    world
        .sql(
            "select set_user_status('auth0|gone', 'deleted'); \
             insert into app.usage_rates values ('2020-01-01', 1, 1, 1, 'test'); \
             insert into public.usage_daily (user_id, account_owner_id, date, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
             values ('auth0|bob', 'auth0|bob', '2021-01-01', '2020-01-01', 1, 1, 1); \
             insert into public.clusters (user_id, deployment_type) values ('auth0|ann', 'serverless'); \
             insert into public.team_invites (account_owner_id, email, token_hash, expires_at) \
             values ('auth0|ann', 'fay@example.com', sha256('x'), app.now() + interval '1 day'); \
             set constraints all immediate; do $$ declare t regclass; begin \
               for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop \
                 execute format('alter table %s add column stripe text', t); \
               end loop; end $$",
        )
        .await;
    world
}

#[tokio::test]
async fn the_service_key_writes_what_breaks_no_rule() {
    let world = world().await;
    for sql in WRITTEN {
        world.sql(&format!("set role service_role; {sql}")).await;
        let broken = "select kind from app.invariant_violations where kind <> 'a_day_is_the_sum_of_its_readings'";
        assert_eq!(world.all(broken).await, [] as [String; 0], "{sql}");
    }
    let seats = "select current_users || ' of ' || max_users from public.hopsworks_clusters where name = 'home'";
    assert_eq!(world.one(seats).await, "3 of 9");
}

#[tokio::test]
async fn the_service_key_is_told_what_to_call_instead_of_a_write_that_would_break_a_rule() {
    let world = world().await;
    for (sql, route) in REFUSED {
        let written = world.direct().await.run(&format!("set role service_role; {sql}")).await;
        let refusal = written.expect_err(sql);
        assert_eq!(refusal.code, "PT409", "PostgREST answers with a 409: {sql}: {refusal:?}");
        assert!(refusal.message.contains(route), "{sql}: {refusal:?}");
        assert!(!refusal.message.contains("plain"), "{refusal:?}");
    }
}

#[tokio::test]
async fn every_column_of_ours_that_a_rule_is_about_is_guarded() {
    let world = world().await;
    // Of these tables all else is computed, or says when or for whom a row was made.
    let open = world
        .all(
            "select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid \
             where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' \
               and c.relname in ('user_credits', 'usage_daily', 'team_invites', 'user_hopsworks_assignments', 'instances') \
               and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname like 'refuse_writ%' and a.attnum = any (t.tgattr)) \
               and a.attname not in ('created_at', 'updated_at', 'stripe') \
             order by 1",
        )
        .await;
    assert_eq!(
        open,
        [
            "instances.instance_name",
            "user_hopsworks_assignments.assigned_at",
            "user_hopsworks_assignments.user_created_at"
        ]
    );
}

#[tokio::test]
async fn operators_and_the_api_write_as_before() {
    let world = world().await;
    world
        .sql(
            "update public.users set status = 'suspended' where id = 'auth0|bob'; \
             delete from public.user_hopsworks_assignments where user_id = 'auth0|bob'; \
             select set_user_status('auth0|bob', 'active')",
        )
        .await;
}
