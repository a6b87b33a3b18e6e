//! A server that cannot be asked, and whose secret is shown nowhere.

use testkit::opencost::{Odd, OpenCost};

use crate::site::{Site, at};

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_once_a_run_and_delays_no_other_cluster() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    let gone = site.world.add_cluster("gone", 10).await.parse().unwrap();
    let opencost = OpenCost::start(0).await.unwrap();
    site.world.add_opencost(gone, &opencost, at(8)).await;
    drop(opencost);
    site.collect().await;
    let failing = "select c.name || ' ' || s.error_code || ' ' || s.attempts from app.usage_collection s \
                   join public.hopsworks_clusters c on c.id = s.hopsworks_cluster_id where s.error_code is not null";
    assert_eq!(site.world.all(failing).await, ["gone cluster_unreachable 1"]);
    assert_eq!(site.readings().await.len(), 2);
    let due = format!("select count(*) from app.usage_coverage where hopsworks_cluster_id = '{gone}' and attempts = 0");
    assert_eq!(site.world.one(&due).await, "1", "the second hour was not tried");
}

#[tokio::test]
async fn a_certificate_of_another_authority_and_a_wrong_token_are_told_apart() {
    for (change, code) in [
        ("tls_ca_pem = null", "certificate_refused"),
        ("token = null", "token_refused"),
        ("token = 'enc:k1:AAAA'", "token_unreadable"),
        ("opencost_url = opencost_url || '/nothing/here'", "not_opencost"),
    ] {
        let site = Site::ready().await;
        site.opencost.set_token(Some("a-secret-token"));
        site.world.sql("delete from app.usage_collection").await;
        site.world.add_opencost(site.cluster, &site.opencost, at(8)).await;
        site.world.sql(&format!("update app.usage_collection set {change}")).await;
        let worker = site.world.collector(collect_usage::run).await;
        worker.handle(serde_json::json!({})).await.unwrap();
        assert_eq!(site.world.one("select error_code from app.usage_collection").await, code);
        assert!(!worker.log.text().contains("a-secret-token"), "{change}");
    }
}

#[tokio::test]
async fn the_token_is_sent_and_a_redirect_is_not_followed() {
    let site = Site::ready().await;
    site.owns("ann", "ann", 0..24).await;
    site.opencost.set_token(Some("a-secret-token"));
    site.world.sql("delete from app.usage_collection").await;
    site.world.add_opencost(site.cluster, &site.opencost, at(8)).await;
    site.opencost.set_answer(at(9), Odd::Redirect302);
    site.collect().await;
    assert_eq!(site.hours().await, ["8 collected 2", "9 missing not_opencost"]);
}

#[tokio::test]
async fn an_opencost_of_several_clusters_is_refused() {
    let site = Site::ready().await;
    site.opencost.set_answer(at(8), Odd::SeveralClusters);
    site.collect().await;
    assert_eq!(site.world.one("select error_code from app.usage_collection").await, "several_clusters");
}
