//! Deployments and invites that ended a while ago are forgotten.

use crate::days::{run, world};

#[tokio::test]
async fn ended_deployments_and_invites_are_kept_for_thirty_days_and_live_ones_for_ever() {
    let world = world().await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into public.clusters (user_id, deployment_type, zone, status, created_at, deleted_at) \
             select 'auth0|ann', 'aws', days::text, 'deleted', timestamptz '2040-01-01', app.now() - make_interval(days => days) from unnest(array[29, 31]) days \
             union all select 'auth0|ann', 'aws', 'live', 'stopped', '2039-01-01', null; \
             insert into public.team_invites (account_owner_id, email, token_hash, created_at, expires_at, withdrawn_at, accepted_at, accepted_by_user_id) \
             select 'auth0|ann', days || how || '@x.io', sha256((days || how)::bytea), app.now() - make_interval(days => days + 7), \
               app.now() - make_interval(days => days), case how when 'w' then app.now() end, \
               case how when 'a' then app.now() end, case how when 'a' then 'auth0|ann' end \
             from unnest(array[-1, 29, 31]) days, unnest(array['w', 'a', 'o']) how; \
             insert into app.invite_links select sha256(token_hash), id from public.team_invites",
        )
        .await;
    assert_eq!(run(&world).await["ended_forgotten"], 4);
    assert_eq!(world.one("select string_agg(zone, ' ' order by zone) from public.clusters").await, "29 live");
    let invites = "select string_agg(email, ' ' order by email collate \"C\") from public.team_invites";
    assert_eq!(world.one(invites).await, "-1a@x.io -1o@x.io -1w@x.io 29a@x.io 29o@x.io 29w@x.io");
    assert_eq!(world.one("select count(*) from app.invite_links").await, "6", "a link is forgotten with its invite");
    assert_eq!(run(&world).await["ended_forgotten"], 0);
    world.assert_sound().await;
}

#[tokio::test]
async fn more_than_one_statement_can_bear_are_forgotten_in_pieces() {
    let world = world().await;
    world.sign_up("ann").await;
    world
        .sql(
            "insert into public.clusters (user_id, deployment_type, status, deleted_at) \
             select 'auth0|ann', 'aws', 'deleted', app.now() - interval '31 days' from generate_series(1, 10001)",
        )
        .await;
    assert_eq!(run(&world).await["ended_forgotten"], 10001);
}

#[tokio::test]
async fn hours_of_namespaces_are_forgotten_after_forty_days_but_for_what_waits_for_an_owner() {
    let world = world().await;
    world.sign_up("ann").await;
    world.add_cluster("demo", 1).await;
    world
        .sql(
            "insert into app.usage_collection \
               (hopsworks_cluster_id, opencost_url, collect_from, cpu_cores, gpus, system_namespaces) \
             select id, 'https://x.io', '2026-01-01T00:00:00Z', 1, 0, '{kube-system}' from public.hopsworks_clusters; \
             insert into app.namespace_hours \
               (hopsworks_cluster_id, hour, namespace, cpu_hours, gpu_hours, storage_gb, user_id, project, rejection) \
             select c.id, date_trunc('hour', app.now()) - make_interval(days => days), k.name || days, 0, 0, 0, u.id, u.id, why \
             from public.hopsworks_clusters c, unnest(array[39, 41]) days, \
               (values ('billed', null), ('refused', 'user_deleted'), ('charged', 'day_taken_over')) k (name, why), \
               (select id from public.users where id = 'auth0|ann') u \
             union all \
             select c.id, date_trunc('hour', app.now()) - make_interval(days => days), n, 0, 0, 0, null, null, null::text \
             from public.hopsworks_clusters c, unnest(array[39, 41]) days, unnest(array['kube-system', 'waits']) n",
        )
        .await;
    assert_eq!(run(&world).await["ended_forgotten"], 3);
    let left = "select string_agg(namespace, ' ' order by namespace, hour) from app.namespace_hours";
    assert_eq!(world.one(left).await, "billed39 charged39 kube-system refused39 refused41 waits waits");
}
