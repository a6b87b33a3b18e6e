//! What breaks between `provision` and the clusters. Somebody new is seated each time, so that there is an account to make.

use std::time::Duration;

use fastrand::Rng;
use testkit::hopsworks::{Fault, Held, Moment};
use tokio::time::{Instant, sleep, timeout};

use crate::chaos::{clusters::Cluster, testbed::Testbed, usage, workers::Runs};

const USERS: &str = "/admin/users";
/// Then `provision` is not there.
const ARRIVES_WITHIN: Duration = Duration::from_secs(50);
/// A cluster that fails is tried by one account at a time, whose lease may have been lost: it ends after two minutes.
const SEEN_WITHIN: Duration = Duration::from_secs(150);
const POLL: Duration = Duration::from_millis(50);

/// Between making an account and settling it on one cluster, between changing and settling it on the other.
pub async fn kill_provision(testbed: &Testbed, provision: &mut Runs, rng: &mut Rng) {
    // A cluster that fails is tried by one account, whose lease may have been lost with the database: it ends now.
    provision.kill(&testbed.world).await;
    provision.start_again();
    for (cluster, method) in in_any_order(testbed, rng).into_iter().zip(["POST", "PUT"]) {
        let mut held = cluster.hopsworks.hold(method, USERS, Moment::AfterCommit);
        cluster.seat_newcomer(&testbed.world).await;
        wait_for(&mut held, testbed).await;
        provision.kill(&testbed.world).await;
        held.release();
        testbed.recorder.record().killed_runs += 1;
        testbed.wait(1).await;
        provision.start_again();
    }
}

/// Between reading an hour and settling it, on one cluster after the other.
pub async fn kill_collect_usage(testbed: &Testbed, collect_usage: &mut Runs, rng: &mut Rng) {
    for cluster in in_any_order(testbed, rng) {
        let mut held = cluster.opencost.hold(Moment::AfterCommit);
        usage::revise(&testbed.world, &testbed.opencosts(), rng).await;
        if timeout(ARRIVES_WITHIN, held.arrived()).await.is_err() {
            testbed.recorder.find("collect-usage was at no hour".to_owned());
        }
        collect_usage.kill(&testbed.world).await;
        drop(held);
        testbed.recorder.record().killed_runs += 1;
        testbed.wait(1).await;
        collect_usage.start_again();
    }
}

/// An account takes a while to make, and meanwhile its user loses the seat.
pub async fn slow_down(testbed: &Testbed) {
    for cluster in &testbed.clusters {
        let mut held = cluster.hopsworks.hold("POST", USERS, Moment::AfterCommit);
        cluster.seat_newcomer(&testbed.world).await;
        wait_for(&mut held, testbed).await;
        cluster.seat_newcomer(&testbed.world).await;
        held.release();
    }
}

pub async fn revoke_key(testbed: &Testbed, rng: &mut Rng) {
    let [cluster, _] = in_any_order(testbed, rng);
    cluster.hopsworks.revoke_key();
    cluster.seat_newcomer(&testbed.world).await;
    until(testbed, &format!("{} and error_code = 'key_refused'", of(cluster))).await;
    testbed.wait(1).await;
    cluster.renew_key(&testbed.world).await;
}

/// Nobody listens at the one, and the other answers nothing but 500.
pub async fn shut_down(testbed: &Testbed, rng: &mut Rng) {
    let [unreachable, failing] = in_any_order(testbed, rng);
    unreachable.proxy.set_down(true);
    failing.hopsworks.set_fault(Some(Fault::Status(500)));
    for cluster in [unreachable, failing] {
        cluster.seat_newcomer(&testbed.world).await;
    }
    until(testbed, &format!("{} and error_code = 'cluster_unreachable'", of(unreachable))).await;
    testbed.wait(2).await;
    unreachable.proxy.set_down(false);
    failing.hopsworks.set_fault(None);
    until(testbed, &format!("{} and error_code is null", of(unreachable))).await;
}

/// The answers to making an account and to changing it are lost, one after the other.
pub async fn cut_answers(testbed: &Testbed) {
    for cluster in &testbed.clusters {
        for method in ["POST", "PUT"] {
            cluster.hopsworks.fail_next(1, method, USERS, Fault::CutAfterCommit);
        }
        cluster.seat_newcomer(&testbed.world).await;
    }
}

fn in_any_order<'a>(testbed: &'a Testbed, rng: &mut Rng) -> [&'a Cluster; 2] {
    let [first, second] = &testbed.clusters;
    if rng.bool() { [first, second] } else { [second, first] }
}

fn of(cluster: &Cluster) -> String {
    format!("hopsworks_cluster_id = '{}'", cluster.id)
}

/// Until `provision` has done what is held.
async fn wait_for(held: &mut Held, testbed: &Testbed) {
    if timeout(ARRIVES_WITHIN, held.arrived()).await.is_err() {
        testbed.recorder.find("provision was at no account".to_owned());
    }
}

/// Until `provision` has noticed how a cluster is.
async fn until(testbed: &Testbed, condition: &str) {
    let (query, began) = (format!("select count(*) from app.hopsworks_provisioning where {condition}"), Instant::now());
    while testbed.world.one(&query).await == "0" {
        if began.elapsed() > SEEN_WITHIN {
            return testbed.recorder.find(format!("provision has not noticed: {condition}"));
        }
        sleep(POLL).await;
    }
}
