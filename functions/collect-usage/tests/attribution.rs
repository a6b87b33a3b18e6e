//! Who pays for a namespace.

use crate::site::{Site, at};

#[tokio::test]
async fn a_namespace_that_passes_to_another_owner_is_billed_to_each_for_their_hours() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..9).await;
    site.owns("bob", "ann", 9..24).await;
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3", "auth0|bob 9 ann: 2, 0, 3"]);
}

#[tokio::test]
async fn what_was_billed_does_not_pass_to_another_owner() {
    let mut site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.collect().await;
    site.world.sql("update app.hopsworks_projects set user_id = 'auth0|bob', owner_username = 'bob'").await;
    site.used(8, "ann", "4", "0", "3");
    site.it_is("2026-07-16T12:31:00Z").await;
    site.collect().await;
    assert_eq!(site.readings().await[..2], ["auth0|ann 8 ann: 4, 0, 3", "auth0|ann 9 ann: 2, 0, 3"]);
}

#[tokio::test]
async fn what_nobody_owns_is_kept_and_billed_as_soon_as_somebody_does() {
    let site = Site::ready().await;
    site.collect().await;
    assert_eq!(site.unattributed().await, ["ann 2"]);
    assert_eq!(site.readings().await, [""; 0]);
    site.owns("ann", "ann", 9..24).await;
    assert_eq!(site.collect().await["attributed"], 1);
    assert_eq!(site.unattributed().await, ["ann 1"]);
    assert_eq!(site.readings().await, ["auth0|ann 9 ann: 2, 0, 3"]);
    site.world.assert_sound().await;
}

#[tokio::test]
async fn two_namespaces_of_one_project_are_one_reading_whichever_comes_first() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.used(8, "ann-serving", "1.5", "0", "0");
    site.collect().await;
    assert_eq!(site.readings().await[0], "auth0|ann 8 ann: 2, 0, 3");
    site.owns("ann", "ann-serving", 0..24).await;
    site.world.sql("update app.hopsworks_projects set name = 'ann'").await;
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 3.5, 0, 3", "auth0|ann 9 ann: 2, 0, 3"]);
    site.world.assert_sound().await;
}

#[tokio::test]
async fn a_user_is_billed_until_their_deletion_and_the_rest_is_told_to_operators() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.world
        .sql("select set_user_status('auth0|ann', 'deleted'); update public.users set deleted_at = '2026-07-15T08:20:00Z' where id = 'auth0|ann'")
        .await;
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3"]);
    assert_eq!(site.unattributed().await, ["ann 1 user_deleted"]);
}

#[tokio::test]
async fn a_member_uses_and_the_owner_of_the_account_pays_by_the_history_of_the_day() {
    let site = Site::ready().await;
    site.owns("bob", "ann", 0..24).await;
    site.world.join("bob", "ann").await;
    site.collect().await;
    assert_eq!(site.readings().await[0], "auth0|bob 8 ann: 2, 0, 3");
    assert_eq!(site.used_dollars().await["auth0|ann"], "0.70");
    site.world.assert_sound().await;
}

#[tokio::test]
async fn a_source_that_another_machine_has_used_first_is_told_and_nothing_is_billed() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.world
        .sql(&format!(
            "insert into app.usage_sources (source, client_id) values ('opencost:{0}', 'meter@clients') \
             on conflict (source) do update set client_id = 'meter@clients'",
            site.cluster
        ))
        .await;
    site.collect().await;
    assert_eq!(site.hours().await[0], "8 missing source_of_another_client");
    assert_eq!(site.readings().await, [""; 0]);
    assert!(site.opencost.requests().contains(&at(8)));
}

/// Such a source was another machine's before. Its longer window makes way for the hours, one after the other.
#[tokio::test]
async fn hours_in_a_longer_window_that_is_there_are_all_billed() {
    let site = Site::ready().await;
    site.collect().await;
    site.owns("ann", "ann", 0..24).await;
    site.world
        .sql(&format!(
            "update app.usage_sources set client_id = 'meter@clients' where source = 'opencost:{0}'; \
             select record_usage(jsonb_build_object( \
               'caller', jsonb_build_object('sub', 'meter@clients', 'must_be', 'machine'), \
               'input', jsonb_build_object('readings', jsonb_build_array(jsonb_build_object( \
                 'index', 0, 'source', 'opencost:{0}', 'user_id', 'auth0|ann', 'project', 'ann', \
                 'window_start', '2026-07-15T08:00:00Z', 'window_end', '2026-07-15T10:00:00Z', \
                 'cpu_hours', '1', 'gpu_hours', '0', 'storage_gb', '0'))))); \
             update app.usage_sources set client_id = 'collect-usage' where source = 'opencost:{0}'",
            site.cluster
        ))
        .await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 1, 0, 0"]);
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3", "auth0|ann 9 ann: 2, 0, 3"]);
    assert_eq!(site.unattributed().await, [""; 0]);
    site.world.assert_sound().await;
}

#[tokio::test]
async fn an_hour_waits_for_a_list_of_projects_that_was_made_after_it() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.world.sql("update app.usage_collection set projects_seen_at = '2026-07-15T09:30:00Z'").await;
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3"]);
    assert_eq!(site.unattributed().await, ["ann 1"]);
    // Meanwhile it had passed on.
    site.world
        .sql(
            "update app.hopsworks_projects set to_hour = '2026-07-15T09:00:00Z'; \
             update app.usage_collection set projects_seen_at = app.now()",
        )
        .await;
    site.owns("bob", "ann", 9..24).await;
    site.collect().await;
    assert_eq!(site.readings().await, ["auth0|ann 8 ann: 2, 0, 3", "auth0|bob 9 ann: 2, 0, 3"]);
}

#[tokio::test]
async fn the_clusters_own_namespaces_are_nobodys_whatever_a_project_is_called() {
    let site = Site::ready().await;
    site.owns("ann", "kube-system", 0..24).await;
    site.collect().await;
    site.collect().await;
    assert_eq!(site.readings().await, [""; 0]);
}
