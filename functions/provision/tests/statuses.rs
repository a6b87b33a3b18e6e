//! Statuses: who may work, who may not, and whom somebody on the cluster has shut out.

use testkit::hopsworks::Status;

use crate::fixtures::{add_ann, ann, deactivated, done, failure, known, only_user, start, stuck, work};

#[tokio::test]
async fn a_user_is_deactivated_and_activated_again_and_keeps_their_limit() {
    let hopsworks = start().await;
    let account = known(&ann(), &done(work(&hopsworks, &ann()).await));
    done(work(&hopsworks, &deactivated(&account)).await);
    assert_eq!((only_user(&hopsworks).status, only_user(&hopsworks).max_projects), (Status::Deactivated, 3));
    hopsworks.clear_requests();
    done(work(&hopsworks, &deactivated(&account)).await);
    assert_eq!(hopsworks.requests().len(), 2, "it was so already");
    let seen = done(work(&hopsworks, &account).await);
    assert_eq!((only_user(&hopsworks).status, seen.max_projects), (Status::Activated, Some(3)));
}

#[tokio::test]
async fn every_status_becomes_the_wanted_one_unless_the_user_is_shut_out() {
    let hopsworks = start().await;
    let number = add_ann(&hopsworks, Status::Activated, 3);
    for status in [
        Status::New,
        Status::Verified,
        Status::Activated,
        Status::Deactivated,
        Status::LostDevice,
        Status::TemporaryPassword,
    ] {
        for (account, wanted) in [(ann(), Status::Activated), (deactivated(&ann()), Status::Deactivated)] {
            hopsworks.change(number, |user| user.status = status);
            let seen = done(work(&hopsworks, &account).await);
            assert_eq!(only_user(&hopsworks).status, wanted, "from {status:?}");
            assert_eq!(serde_json::to_value(seen.status).unwrap(), wanted.number());
        }
    }
    for status in [Status::Blocked, Status::Spam] {
        hopsworks.change(number, |user| user.status = status);
        assert_eq!(failure(work(&hopsworks, &ann()).await), stuck("blocked_on_cluster"));
        done(work(&hopsworks, &deactivated(&ann())).await);
        assert_eq!(only_user(&hopsworks).status, status);
    }
}
