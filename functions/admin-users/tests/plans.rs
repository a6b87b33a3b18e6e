//! Every filter is served by its index: what a call has scanned, at 200,000 users and as many audit entries.

use std::collections::BTreeMap;

use ops::admin_db::AdminDb;
use serde_json::{Value, json};
use testkit::World;

use crate::fixtures::world;

/// More rows than a page needs, and far fewer than there are.
const FEW: u64 = 5_000;

/// 200,000 users on four clusters, in teams of ten, each hundredth suspended, every 2000th a beta tester.
const USERS: &str = "\
    insert into public.hopsworks_clusters (id, name, api_url, max_users) \
    select ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'c' || n, 'https://c.example', 200000 from generate_series(0, 3) n; \
    insert into public.users (id, email, account_owner_id, status, suspended_for, metadata, created_at) \
    select 'auth0|' || n, 'u' || n || '@example.com', case when n % 10 <> 0 then 'auth0|' || (n - n % 10) end, \
      case when n % 100 = 1 then 'suspended' else 'active' end, case when n % 100 = 1 then '{administrator}' else '{}' end::text[], \
      jsonb_build_object('tags', jsonb_build_array(case when n % 2000 = 2 then 'beta' else 't' || n % 50 end)), \
      timestamptz '2026-01-01' + n * interval '1 second' \
    from generate_series(0, 199999) n; \
    insert into public.user_hopsworks_assignments (user_id, hopsworks_cluster_id, user_created_at) \
    select 'auth0|' || n, ('00000000-0000-4000-8000-00000000000' || case when n % 1000 = 3 then 3 else n % 3 end)::uuid, \
      timestamptz '2026-01-01' + n * interval '1 second' \
    from generate_series(0, 199999) n; \
    analyze public.users; analyze public.user_hopsworks_assignments; analyze public.hopsworks_clusters";

/// 200,000 entries, one a minute.
const ENTRIES: &str = "\
    insert into app.audit_entries (actor, action, target, created_at) \
    select 'auth0|' || n % 1000, 'a' || n % 400, 'auth0|' || n % 5000, timestamptz '2026-01-01' + n * interval '1 minute' \
    from generate_series(0, 199999) n; \
    insert into app.audit_details (id, after) select id, '{}' from app.audit_entries on conflict do nothing; \
    analyze app.audit_entries; analyze app.audit_details";

/// A world with these rows, written past the triggers.
async fn world_with(rows: &str) -> World {
    let world = world(&[]).await;
    world.sql(&format!("set session_replication_role = replica; {rows}")).await;
    world
}

/// A connection on which PostgreSQL makes one plan for all questions, unless the function knows better.
async fn careless(world: &World) -> AdminDb {
    let mut direct = world.direct().await;
    direct.run("set plan_cache_mode = force_generic_plan").await.unwrap();
    direct
}

/// What one call scanned: how often `users` (or another table) as a whole, how many of its rows in whatever way, and
/// by which indexes, also of seats.
#[derive(Debug)]
struct Scanned {
    items: usize,
    whole: u64,
    rows: u64,
    indexes: Vec<String>,
}

/// Calls a function as the administrator, and reads what the call scanned from PostgreSQL's own counters.
async fn scanned(direct: &mut AdminDb, function: &str, table: &str, input: &Value) -> Scanned {
    let args = json!({ "caller": { "sub": "auth0|admin", "must_be": "admin", "request_id": "r" }, "input": input });
    direct.run("begin").await.unwrap();
    let before = counters(direct, table).await;
    let response = direct.texts(&format!("select json_array_length({function}('{args}') -> 'items')")).await.unwrap();
    let after = counters(direct, table).await;
    direct.run("rollback").await.unwrap();
    let more = |name: &str| after[name] - before.get(name).unwrap_or(&0);
    Scanned {
        items: response[0].as_ref().unwrap().parse().unwrap(),
        whole: more("whole"),
        rows: more("rows"),
        indexes: after.keys().filter(|name| *name != "whole" && *name != "rows" && more(name) > 0).cloned().collect(),
    }
}

/// What this session has scanned and not yet reported: `whole`, `rows`, and each index by its name.
async fn counters(direct: &mut AdminDb, table: &str) -> BTreeMap<String, u64> {
    let counters = direct
        .texts(&format!(
            "select jsonb_object_agg(name, count) from ( \
               select 'whole', pg_stat_get_xact_numscans('{table}'::regclass) \
               union all \
               select 'rows', pg_stat_get_xact_tuples_returned(r.oid) + pg_stat_get_xact_tuples_fetched(r.oid) + ( \
                 select sum(pg_stat_get_xact_tuples_fetched(x.indexrelid)) from pg_index x where x.indrelid = r.oid) \
               from pg_class r where r.oid = '{table}'::regclass \
               union all \
               select i.relname, pg_stat_get_xact_numscans(i.oid) \
               from pg_index x join pg_class i on i.oid = x.indexrelid \
               where x.indrelid in ('{table}'::regclass, 'public.user_hopsworks_assignments'::regclass) \
             ) c (name, count)"
        ))
        .await
        .unwrap();
    serde_json::from_str(counters[0].as_ref().unwrap()).unwrap()
}

#[tokio::test]
async fn every_filter_of_users_is_served_by_its_index() {
    let world = world_with(USERS).await;
    let mut direct = careless(&world).await;
    let cluster = |n: u32| json!({ "cluster_id": format!("00000000-0000-4000-8000-00000000000{n}") });
    let after = json!({ "created_at": "2026-01-02T00:00:00Z", "id": "auth0|1" });
    // As tables, however many match.
    for filter in [
        json!({}),
        json!({ "status": "active" }),
        json!({ "metadata": { "tags": ["t1"] } }),
        json!({ "cluster_id": "00000000-0000-4000-8000-000000000001" }),
    ] {
        let mut input = json!({ "limit": 10_000, "as_rows": true });
        input.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let scanned = scanned(&mut direct, "list_users", "public.users", &input).await;
        assert_eq!(scanned.whole, 0, "{filter}: {scanned:?}");
    }
    for (filter, index, items) in [
        (json!({}), "users_created_at_idx", 50),
        (json!({ "after": after }), "users_created_at_idx", 50),
        (json!({ "status": "suspended" }), "users_status_created_at_idx", 50),
        (json!({ "status": "deleted" }), "users_status_created_at_idx", 0),
        (json!({ "status": "suspended", "after": after }), "users_status_created_at_idx", 50),
        (json!({ "email": "U150000@example.com" }), "users_any_email_idx", 1),
        (json!({ "account_owner_id": "auth0|1000" }), "users_account_owner_id_created_at_idx", 9),
        (json!({ "metadata": { "tags": ["beta"] } }), "users_metadata_idx", 50),
        (json!({ "metadata": { "tags": ["t1"] } }), "users_created_at_idx", 50),
        (json!({ "metadata": { "tags": ["nobody"] } }), "users_metadata_idx", 0),
        (json!({ "metadata": { "tags": ["beta"] }, "status": "active" }), "users_metadata_idx", 50),
        (json!({ "email": "u2002@example.com", "metadata": { "tags": ["beta"] } }), "users_any_email_idx", 1),
        // On a cluster of many as on one of few.
        (cluster(1), "user_hopsworks_assignments_cluster_user_created_at_idx", 50),
        (cluster(3), "user_hopsworks_assignments_cluster_user_created_at_idx", 50),
    ] {
        let mut input = json!({ "limit": 50 });
        input.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let scanned = scanned(&mut direct, "list_users", "public.users", &input).await;
        assert_eq!((scanned.whole, scanned.items), (0, items), "{filter}: {scanned:?}");
        assert!(scanned.indexes.iter().any(|used| used == index), "{filter}: {scanned:?}");
        assert!(scanned.rows < FEW, "{filter}: {scanned:?}");
    }
}

#[tokio::test]
async fn every_filter_of_the_audit_log_is_served_by_its_index() {
    let world = world_with(ENTRIES).await;
    let mut direct = careless(&world).await;
    for (filter, index, items) in [
        (json!({}), "audit_entries_pkey", 50),
        (json!({ "after": { "id": 1000 } }), "audit_entries_pkey", 50),
        (json!({ "actor": "auth0|7" }), "audit_entries_actor_idx", 50),
        (json!({ "actor": "nobody" }), "audit_entries_actor_idx", 0),
        (json!({ "action": "a7" }), "audit_entries_action_idx", 50),
        (json!({ "target": "auth0|7" }), "audit_entries_target_idx", 40),
        (json!({ "target": "auth0|7", "actor": "auth0|7" }), "audit_entries_target_idx", 40),
        (json!({ "from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:30:00Z" }), "audit_entries_created_at_idx", 30),
        (json!({ "to": "2026-01-01T00:10:00Z" }), "audit_entries_created_at_idx", 10),
    ] {
        let mut input = json!({ "limit": 50 });
        input.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
        let scanned = scanned(&mut direct, "list_audit_log", "app.audit_entries", &input).await;
        assert_eq!((scanned.whole, scanned.items), (0, items), "{filter}: {scanned:?}");
        assert!(scanned.indexes.iter().any(|used| used == index), "{filter}: {scanned:?}");
        assert!(scanned.rows < FEW, "{filter}: {scanned:?}");
    }
}

/// 20,000 users in teams of ten, each sound but for the seats that they all lack, with two entries and two days.
const SOUND: &str = "\
    insert into public.users (id, account_owner_id) \
    select 'auth0|' || to_char(n, 'FM00000'), case when n % 10 <> 0 then 'auth0|' || to_char(n - n % 10, 'FM00000') end \
    from generate_series(0, 19999) n; \
    insert into app.account_memberships (user_id, effective_on, account_owner_id) \
    select id, '-infinity', coalesce(account_owner_id, id) from public.users on conflict do nothing; \
    insert into public.instances (user_id, instance_name, status) \
    select id, 'x', 'stopped' from public.users on conflict do nothing; \
    insert into public.user_credits (user_id) \
    select id from public.users where account_owner_id is null on conflict do nothing; \
    insert into app.usage_rates values ('2026-01-01', 0, 0, 0, 'test'); \
    insert into public.usage_daily \
      (user_id, account_owner_id, date, total_cost, storage_gb, rate_effective_on, cpu_hour_usd, gpu_hour_usd, storage_gb_month_usd) \
    select user_id, account_owner_id, (app.now() at time zone 'UTC')::date + n, 0, 0, '2026-01-01', 0, 0, 0 \
    from app.account_memberships cross join generate_series(0, 1) n; \
    insert into app.usage_readings (source, user_id, project, window_start, window_end, cpu_hours, gpu_hours, storage_gb) \
    select 'm', user_id, '', date::timestamp at time zone 'UTC', (date + 1)::timestamp at time zone 'UTC', 0, 0, 0 \
    from public.usage_daily; \
    analyze public.users, public.instances, public.user_credits, public.usage_daily, app.usage_readings, app.account_memberships";

#[tokio::test]
async fn a_page_of_violations_looks_each_user_up_a_few_times() {
    let world = world_with(SOUND).await;
    let mut direct = careless(&world).await;
    direct.run("set enable_seqscan = off; begin").await.unwrap();
    let look_ups = "select sum(pg_stat_get_xact_numscans(i.oid)) from pg_class i where i.relkind = 'i' \
        and i.relnamespace in ('public'::regnamespace, 'app'::regnamespace)";
    let found = direct.texts("select find_violations(null, 50, 1000, 0)").await.unwrap();
    assert!(found[0].as_ref().unwrap().contains("\"next\" : {\"id\" : \"auth0|00"), "{found:?}");
    let look_ups: u64 = direct.texts(look_ups).await.unwrap()[0].as_ref().unwrap().parse().unwrap();
    // Each rule by itself would take twice as many.
    assert!((2_000..=7_000).contains(&look_ups), "{look_ups} look-ups for a thousand users");
}
