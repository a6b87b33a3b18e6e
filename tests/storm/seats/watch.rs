//! What the test adds to its own database: a diary of decisions in the order in which they were made,
//! and a check of everything that must always hold before each of them.

use std::collections::BTreeMap;

use proof::storm::decision_log;
use serde_json::Value;
use testkit::World;

use super::model::{Cluster, Place};

/// The seat lock also writes the diary. What is rolled back is not in it.
pub async fn install(world: &World) {
    decision_log::install(world).await;
    world
        .sql(&format!(
            "alter function app.lock_seats() rename to plainly_lock_seats; \
             create function app.lock_seats() returns void language plpgsql as $$ \
             declare v_violation text; \
             begin \
               perform app.plainly_lock_seats(); \
               select format('%s %s: %s', kind, id, detail) into v_violation from app.invariant_violations limit 1; \
               if found then raise exception 'violated before %: %', left(current_query(), 60), v_violation; end if; \
               if exists ( \
                 select from public.users u left join public.user_hopsworks_assignments o on o.user_id = u.account_owner_id \
                 join public.hopsworks_clusters c on c.status = 'active' and (u.account_owner_id is null or c.id = o.hopsworks_cluster_id) \
                 where u.waiting_since is not null \
               ) then raise exception 'before % somebody waited beside a free seat', left(current_query(), 60); end if; \
               {}; \
             end $$",
            decision_log::WRITE
        ))
        .await;
}

/// The clusters as they stand, by id.
pub async fn clusters(world: &World) -> BTreeMap<String, Cluster> {
    let rows = world
        .all("select id || ' ' || max_users || ' ' || (extract(epoch from created_at) * 1000000)::bigint from public.hopsworks_clusters")
        .await;
    let cluster = |row: &String| {
        let parts: Vec<&str> = row.split(' ').collect();
        let cluster =
            Cluster { max_users: parts[1].parse().unwrap(), created_at_us: parts[2].parse().unwrap(), is_active: true };
        (parts[0].to_owned(), cluster)
    };
    rows.iter().map(cluster).collect()
}

/// Where everybody is in the end.
pub async fn places(world: &World) -> BTreeMap<String, Place> {
    let rows = world
        .all(
            "select jsonb_build_object('id', u.id, 'status', u.status, 'owner', u.account_owner_id, \
             'seat', a.hopsworks_cluster_id, 'waits', u.waiting_since is not null) \
             from public.users u left join public.user_hopsworks_assignments a on a.user_id = u.id \
             where u.id <> 'auth0|admin'",
        )
        .await;
    let place = |row: &String| {
        let row: Value = serde_json::from_str(row).unwrap();
        let text = |field: &str| row[field].as_str().map(str::to_owned);
        let place = Place {
            status: text("status").unwrap(),
            owner: text("owner"),
            seat: text("seat"),
            waits: row["waits"] == true,
        };
        (text("id").unwrap(), place)
    };
    rows.iter().map(place).collect()
}
