//! What the test adds to its own database: a log of decisions in the order in which they were made, and a check of
//! everything that must always hold before each of them. And what is compared in the end.

use std::collections::BTreeMap;

use proof::storm::{decision_log, rows::by_key};
use testkit::World;

use super::model::Cluster;

pub async fn install(world: &World) {
    decision_log::create(world).await;
    let check = "
      declare v_violation text;
      begin
        select format('%s %s: %s', kind, id, detail) into v_violation from app.invariant_violations limit 1;
        if found then raise exception 'violated before %: %', left(current_query(), 60), v_violation; end if;
        if exists (
          select from public.users u left join public.user_hopsworks_assignments o on o.user_id = u.account_owner_id
          join public.hopsworks_clusters c
            on c.status = 'active' and (u.account_owner_id is null or c.id = o.hopsworks_cluster_id)
          where u.waiting_since is not null
        ) then raise exception 'before % somebody waited beside a free seat', left(current_query(), 60); end if;
      end;";
    decision_log::write_in(world, "lock_seats", "", check).await;
}

/// The clusters as they stand, by id.
pub async fn clusters(world: &World) -> BTreeMap<String, Cluster> {
    let query = "select id || ' = ' || max_users || ' ' || (extract(epoch from created_at) * 1000000)::bigint \
                 from public.hopsworks_clusters";
    let cluster = |(id, row): (String, String)| {
        let (max_users, created_at_us) = row.split_once(' ').unwrap();
        let (max_users, created_at_us) = (max_users.parse().unwrap(), created_at_us.parse().unwrap());
        (id, Cluster { max_users, created_at_us, is_active: true })
    };
    by_key(world, query).await.into_iter().map(cluster).collect()
}

/// Where everybody is in the end: `status owner seat waits`.
pub async fn places(world: &World) -> BTreeMap<String, String> {
    let query = "select u.id || ' = ' || concat_ws(' ', u.status, coalesce(u.account_owner_id, '-'), \
                 coalesce(a.hopsworks_cluster_id::text, '-'), (u.waiting_since is not null)::text) \
                 from public.users u left join public.user_hopsworks_assignments a on a.user_id = u.id \
                 where u.id <> 'auth0|admin'";
    by_key(world, query).await
}
