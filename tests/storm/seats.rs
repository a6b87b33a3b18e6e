//! Seat operations, and a simple model that must come to the same places.

mod model;

use std::{collections::BTreeMap, sync::Arc};

use proof::storm::{
    decision_log,
    seats::{Client, FUNCTIONS},
    values::by_key,
};
use testkit::World;

use self::model::{Cluster, Model};
use tests::clients::run;

const OPERATIONS: u64 = 5_000;

/// A storm in which one decision seats two users at most, however many wait.
const OPERATIONS_IN_PIECES: u64 = 1_000;
const IN_PIECES: &str = "alter function place_waiting(integer) rename to place_some_waiting; \
    create function place_waiting(p_most integer default 1000) returns void language plpgsql as \
    'begin perform place_some_waiting(2); end'";

/// Everything that must always hold, checked before each decision.
const CHECK: &str = "
  declare v_violation text;
  begin
    select format('%s %s: %s', kind, id, detail) into v_violation from app.invariant_violations limit 1;
    if found then raise exception 'violated before %: %', left(current_query(), 60), v_violation; end if;
  end;";

/// The same of what holds while one decision seats everybody who waits and could sit.
const CHECK_SEATS: &str = "
  begin
    if exists (
      select from public.users u left join public.user_hopsworks_assignments o on o.user_id = u.account_owner_id
      join public.hopsworks_clusters c
        on c.status = 'active' and (u.account_owner_id is null or c.id = o.hopsworks_cluster_id)
      where u.waiting_since is not null
    ) then raise exception 'before % somebody waited beside a free seat', left(current_query(), 60); end if;
  end;";

/// The clusters as they stand, by id.
const CLUSTERS: &str = "select id, jsonb_build_array(max_users, (extract(epoch from created_at) * 1000000)::bigint) \
                        from public.hopsworks_clusters";

/// Where everybody is in the end: `status owner seat waits`.
const PLACES: &str = "select u.id, concat_ws(' ', u.status, coalesce(u.account_owner_id, '-'), \
                      coalesce(a.hopsworks_cluster_id::text, '-'), (u.waiting_since is not null)::text) \
                      from public.users u left join public.user_hopsworks_assignments a on a.user_id = u.id \
                      where u.id <> 'auth0|admin'";

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_seat_operations_ends_where_a_simple_model_ends() {
    let world = Arc::new(World::new().await);
    storm(world, &format!("{CHECK}{CHECK_SEATS}"), OPERATIONS, usize::MAX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_in_which_a_queue_moves_on_in_pieces_ends_where_a_simple_model_ends() {
    let world = Arc::new(World::new().await);
    world.sql(IN_PIECES).await;
    storm(world, CHECK, OPERATIONS_IN_PIECES, 2).await;
}

async fn storm(world: Arc<World>, check: &str, operations: u64, seats_at_most: usize) {
    decision_log::create(&world, &decision_log::seats(check)).await;
    world.add_cluster("first", 6).await;
    world.add_cluster("second", 4).await;
    world.add_administrator().await;
    let before: BTreeMap<String, (usize, i64)> = by_key(&world, CLUSTERS).await;
    let before =
        before.into_iter().map(|(id, (max_users, created_at_us))| (id, Cluster::new(max_users, created_at_us)));

    run(&[&world], &FUNCTIONS, operations, |session, _| Client { session }).await;

    let decisions = decision_log::decisions(&world).await;
    println!("{} decisions about seats", decisions.len());
    assert!(decisions.len() > operations as usize / 4, "too little was decided");
    let mut model = Model::new(before.collect(), decision_log::invites(&world).await, seats_at_most);
    for decision in &decisions {
        model.apply(decision);
    }
    assert_eq!(model.places(), by_key(&world, PLACES).await);
    // Who is erased has no place to lose.
    world.sql("select erase_persons(array(select id from public.users))").await;
    assert_eq!(model.places(), by_key(&world, PLACES).await);
    let left = "select count(*) from public.users where (erased_at is null) <> (status <> 'deleted')";
    assert_eq!(world.one(left).await, "0");
    world.assert_sound().await;
}
