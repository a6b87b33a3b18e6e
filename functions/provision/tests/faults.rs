//! What time mends, at each step: the account is made all the same, once, when it has passed.

use std::{collections::BTreeSet, time::Duration};

use provision::{
    account::{Account, Outcome, work as work_on},
    hopsworks::{Client, Limits},
};
use testkit::hopsworks::{Fault, Hopsworks, HopsworksUser, Status};

use crate::fixtures::{
    add_ann, ann, at_cluster, client, cluster, deactivated, done, failure, later, only_user, start, work,
};

/// By identity, creation, the number, and the change.
const STEPS: [(&str, &str); 4] =
    [("GET", "/admin/user/"), ("POST", "/admin/users"), ("GET", "/admin/users"), ("PUT", "/admin/users")];

/// A server on which work on Ann comes to this step.
async fn before(step: (&str, &str)) -> Hopsworks {
    let hopsworks = start().await;
    if step == STEPS[3] {
        add_ann(&hopsworks, Status::New, 0);
    }
    hopsworks
}

#[tokio::test]
async fn what_passes_is_tried_later_and_nothing_is_done_twice() {
    for step @ (method, path) in STEPS {
        for (fault, expected) in [
            (Fault::Status(500), later("server_error")),
            (Fault::Status(503), later("server_error")),
            (Fault::CutBefore, later("cut_off")),
            (Fault::CutAfterCommit, later("cut_off")),
            (Fault::TooManyRequests { retry_after_s: None }, later("too_many_requests")),
        ] {
            let hopsworks = before(step).await;
            hopsworks.fail_next(1, method, path, fault);
            assert_eq!(failure(work(&hopsworks, &ann()).await), expected, "{method} {path} {fault:?}");
            done(work(&hopsworks, &ann()).await);
            let user = only_user(&hopsworks);
            assert_eq!((user.status, user.max_projects), (Status::Activated, 3), "{method} {path} {fault:?}");
        }
    }
}

#[tokio::test]
async fn whatever_passes_and_in_whatever_order_everybody_has_one_account_in_the_end() {
    for seed in 1..=4 {
        let hopsworks = start().await;
        let client = client(&hopsworks);
        hopsworks.set_random_faults(seed, 300);
        for name in 0..20 {
            let email = Some(format!("{name}@example.com"));
            let account = Account { user_id: format!("auth0|{name}"), email, ..ann() };
            for account in [account.clone(), deactivated(&account), account] {
                let mut tries = 0..1000;
                while let Outcome::Later { .. } = work_on(&client, &account).await {
                    tries.next().expect("an end");
                }
            }
        }
        let subjects: BTreeSet<_> = hopsworks.users().iter().map(|user| user.subject.clone()).collect();
        let is_right = |user: &HopsworksUser| (user.status, user.max_projects) == (Status::Activated, 3);
        assert!(hopsworks.users().iter().all(is_right), "{seed}: {:?}", hopsworks.users());
        assert_eq!((hopsworks.users().len(), subjects.len()), (20, 20), "{seed}");
    }
}

#[tokio::test]
async fn the_cluster_says_how_long_to_wait_up_to_an_hour() {
    let hopsworks = start().await;
    for (says, pause) in [(Some(7), Some(7)), (Some(86_400), Some(3600)), (None, None)] {
        hopsworks.set_fault(Some(Fault::TooManyRequests { retry_after_s: says }));
        let Outcome::Later { retry_after_s, .. } = work(&hopsworks, &ann()).await else { panic!("{says:?}") };
        assert_eq!(retry_after_s, pause);
    }
}

#[tokio::test]
async fn a_list_that_is_empty_makes_nobody_anew() {
    let hopsworks = start().await;
    add_ann(&hopsworks, Status::Activated, 3);
    hopsworks.set_fault(Some(Fault::EmptyList));
    assert_eq!(failure(work(&hopsworks, &ann()).await), later("not_listed"));
    only_user(&hopsworks);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_not_waited_for() {
    let hopsworks = start().await;
    let (short, long) = (Duration::from_millis(1500), Duration::from_secs(60));
    for (request, account, is_whole) in [(short, long, false), (long, short, true)] {
        let client = Client::new(&cluster(&hopsworks), Limits { request, account, ..Limits::default() }).unwrap();
        hopsworks.fail_next(1, "GET", "/admin/user/", Fault::Hang);
        let outcome = work_on(&client, &ann()).await;
        let Outcome::Later { code: "time_out", detail, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(detail == "the account took too long as a whole", is_whole, "{detail}");
    }
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_believed_at_no_step() {
    for step @ (method, path) in STEPS {
        // A page that is not there, and one that sends us on, are a proxy's. Neither says that a user is not there.
        for fault in [Fault::Html, Fault::Status(404), Fault::Status(302), Fault::Status(409)] {
            let hopsworks = before(step).await;
            let users = hopsworks.users();
            hopsworks.fail_next(1, method, path, fault);
            let outcome = work(&hopsworks, &ann()).await;
            assert_eq!(failure(outcome), at_cluster("not_hopsworks"), "{method} {path} {fault:?}");
            // Before the number is asked for, they are made.
            let is_same = hopsworks.users() == users;
            assert_eq!(is_same, step != STEPS[2], "{method} {path} {fault:?}");
        }
    }
}
