//! Answers of real OpenCosts that others have published (`published/README.md`), with the times of an hour of ours.

use testkit::opencost::Odd;

use crate::site::{Site, at};

const OF_1_121: &str = include_str!("published/namespaces-1.121.3.json");
const OF_1_105: &str = include_str!("published/namespaces-1.105.json");

/// The answer for that hour of July 15.
fn at_hour(answer: &str, times: [&str; 2], hour: u32) -> String {
    let ours = [at(hour), at(hour + 1)].map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    times.iter().zip(ours).fold(answer.to_owned(), |answer, (theirs, ours)| {
        assert!(answer.contains(theirs));
        answer.replace(&format!("\"{theirs}\""), &format!("\"{ours}\""))
    })
}

#[tokio::test]
async fn what_a_real_opencost_answered_is_collected_and_billed() {
    let site = Site::from(8).await;
    site.owns("ann", "oc-test", 0..24).await;
    site.owns("bob", "prometheus-system", 0..24).await;
    site.owns("eve", "kube-system", 0..24).await;
    site.world.sql("update app.usage_collection set system_namespaces = '{}'").await;
    site.opencost.set_answer(at(8), Odd::Body(at_hour(OF_1_121, ["2026-10-03T09:58:00Z", "2026-10-03T10:58:00Z"], 8)));
    site.opencost.set_answer(at(9), Odd::Body(at_hour(OF_1_105, ["2023-07-12T11:02:46Z", "2023-07-19T11:02:46Z"], 9)));
    site.collect().await;
    assert_eq!(site.hours().await, ["8 collected 5", "9 collected 3"]);
    assert_eq!(
        site.readings().await,
        [
            "auth0|ann 8 oc_test: 0.04687, 0, 0",
            "auth0|bob 8 prometheus_system: 0.00029, 0, 0.403394",
            "auth0|eve 8 kube_system: 0.04455, 0, 0",
            "auth0|eve 9 kube_system: 75.55915, 0, 0",
        ]
    );
    assert_eq!(site.unattributed().await, ["local-path-storage 1", "opencost 2", "prometheus 1"]);
    let total = "select cpu_hours || ' ' || storage_gb from app.usage_coverage order by hour limit 1";
    assert_eq!(site.world.one(total).await, "0.092180 0.403394");
    let owed = site.used_dollars().await;
    assert_eq!((owed["auth0|ann"].as_str(), owed["auth0|eve"].as_str()), ("0.01", "13.23"));
    site.world.assert_sound().await;
}
