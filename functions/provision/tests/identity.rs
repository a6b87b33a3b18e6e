//! Whose an account is: found by number or identity, made where there is none, and never taken over by address.

use provision::account::{Account, Seen, work as work_on};
use testkit::hopsworks::{Fault, HopsworksUser, Moment, Status};

use crate::fixtures::{
    ANN, CLIENT_ID, add_ann, ann, arrived, client, deactivated, done, failure, known, later, only_user, start, stuck,
    work,
};

#[tokio::test]
async fn a_wanted_account_is_made_and_left_alone_from_then_on() {
    let hopsworks = start().await;
    let seen = done(work(&hopsworks, &ann()).await);
    let user = only_user(&hopsworks);
    assert_eq!((user.client_id.as_deref(), user.subject.as_deref()), (Some(CLIENT_ID), Some(ANN)));
    assert_eq!((user.email.as_str(), user.status, user.max_projects), ("ann@example.com", Status::Activated, 3));
    assert_eq!(
        serde_json::to_value(&seen).unwrap(),
        serde_json::json!({
            "hopsworks_user_id": user.number,
            "hopsworks_username": user.username,
            "status": 2,
            "max_projects": 3,
        })
    );

    hopsworks.clear_requests();
    assert_eq!(done(work(&hopsworks, &known(&ann(), &seen)).await), seen);
    let identity = "GET /admin/user/web-app.auth0%7Cann".to_owned();
    assert_eq!(hopsworks.requests(), [identity, format!("GET /admin/users/{}", user.number)]);
    // Also where its number got lost.
    hopsworks.clear_requests();
    assert_eq!(done(work(&hopsworks, &ann()).await), seen);
    assert_eq!(hopsworks.requests(), ["GET /admin/user/web-app.auth0%7Cann", "GET /admin/users"]);
}

#[tokio::test]
async fn odd_identities_and_addresses_come_through_as_they_are() {
    for subject in ["google-oauth2|1", "waad|a+b c%25?d#é", "auth0|..", "email|~(a):b;c&d=e"] {
        let hopsworks = start().await;
        let email = Some("ann+news&co@example.com".to_owned());
        let account = Account { user_id: subject.to_owned(), email: email.clone(), ..ann() };
        let seen = done(work(&hopsworks, &account).await);
        assert_eq!(done(work(&hopsworks, &account).await), seen, "{subject}");
        let user = only_user(&hopsworks);
        assert_eq!((user.subject.as_deref(), Some(user.email)), (Some(subject), email));
    }
}

#[tokio::test]
async fn an_account_is_made_once_although_the_answer_got_lost() {
    let hopsworks = start().await;
    hopsworks.fail_next(1, "POST", "/admin/users", Fault::CutAfterCommit);
    assert_eq!(failure(work(&hopsworks, &ann()).await), later("cut_off"));
    let user = only_user(&hopsworks);
    assert_eq!(done(work(&hopsworks, &ann()).await).hopsworks_user_id, Some(user.number.into()));
    assert_eq!(only_user(&hopsworks), user);
}

#[tokio::test]
async fn an_account_that_was_made_unheard_is_deactivated() {
    let hopsworks = start().await;
    hopsworks.fail_next(1, "POST", "/admin/users", Fault::CutAfterCommit);
    assert_eq!(failure(work(&hopsworks, &ann()).await), later("cut_off"));
    done(work(&hopsworks, &deactivated(&ann())).await);
    assert_eq!(only_user(&hopsworks).status, Status::Deactivated);
}

#[tokio::test]
async fn who_was_never_there_is_as_good_as_deactivated() {
    let hopsworks = start().await;
    assert_eq!(done(work(&hopsworks, &deactivated(&ann())).await), Seen::default());
    assert_eq!(hopsworks.users(), []);
}

#[tokio::test]
async fn two_workers_make_one_account() {
    let hopsworks = start().await;
    let mut held = hopsworks.hold("POST", "/admin/users", Moment::BeforeCommit);
    let slow_client = client(&hopsworks);
    let slow_ann = ann();
    let slow = work_on(&slow_client, &slow_ann);
    let quick = async {
        arrived(&mut held).await;
        let seen = done(work(&hopsworks, &ann()).await);
        held.release();
        seen
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(done(slow), quick);
    only_user(&hopsworks);
}

#[tokio::test]
async fn an_account_that_the_cluster_forgot_is_made_again() {
    let hopsworks = start().await;
    let seen = done(work(&hopsworks, &ann()).await);
    let first = only_user(&hopsworks).number;
    hopsworks.forget(first);
    assert_eq!(done(work(&hopsworks, &known(&deactivated(&ann()), &seen)).await), Seen::default());
    done(work(&hopsworks, &known(&ann(), &seen)).await);
    assert_ne!(only_user(&hopsworks).number, first);
}

#[tokio::test]
async fn an_account_that_is_deleted_meanwhile_is_tried_again() {
    let hopsworks = start().await;
    let number = add_ann(&hopsworks, Status::Deactivated, 3);
    let mut held = hopsworks.hold("PUT", "/admin/users", Moment::BeforeCommit);
    let deleted = async {
        arrived(&mut held).await;
        hopsworks.forget(number);
        held.release();
    };
    let account = ann();
    let (outcome, ()) = tokio::join!(work(&hopsworks, &account), deleted);
    assert_eq!(failure(outcome), later("gone"));
}

#[tokio::test]
async fn a_number_that_has_passed_to_somebody_else_is_theirs() {
    let hopsworks = start().await;
    let eve = hopsworks.add_user(Some((CLIENT_ID, "auth0|eve")), "eve@example.com");
    let username = Some("ann00000".to_owned());
    let account = Account { hopsworks_user_id: Some(eve.into()), hopsworks_username: username, ..ann() };
    let seen = done(work(&hopsworks, &account).await);
    assert_ne!(seen.hopsworks_user_id, Some(eve.into()));
    done(work(&hopsworks, &deactivated(&account)).await);
    let statuses: Vec<_> = hopsworks.users().iter().map(|user| (user.subject.clone(), user.status)).collect();
    let of = |name: &str| Some(format!("auth0|{name}"));
    assert_eq!(statuses, [(of("eve"), Status::Activated), (of("ann"), Status::Deactivated)]);
}

#[tokio::test]
async fn an_address_of_another_identity_is_not_taken_over() {
    for identity in [None, Some((CLIENT_ID, "auth0|other")), Some(("another-app", ANN)), Some((CLIENT_ID, "auth0|Ann"))]
    {
        let hopsworks = start().await;
        hopsworks.add_user(identity, "ANN@example.com");
        let before = only_user(&hopsworks);
        assert_eq!(failure(work(&hopsworks, &ann()).await), stuck("email_taken_on_cluster"), "{identity:?}");
        assert_eq!(done(work(&hopsworks, &deactivated(&ann())).await), Seen::default(), "{identity:?}");
        assert_eq!(only_user(&hopsworks), before);
    }
}

#[tokio::test]
async fn an_account_made_by_hand_for_the_same_identity_is_adopted_whatever_its_address() {
    let hopsworks = start().await;
    // To the filter, all of these begin as Ann's does, and a page has room for a hundred.
    for number in 0..100 {
        hopsworks.add_user(Some((CLIENT_ID, &format!("auth0|{number}"))), &format!("A{number:02}n@example.com"));
    }
    hopsworks.add_user(None, "a__n@example.com.br");
    let ann_number = hopsworks.add_user(Some((CLIENT_ID, ANN)), "A__n@example.com");
    let others =
        |users: Vec<HopsworksUser>| users.into_iter().filter(|user| user.number != ann_number).collect::<Vec<_>>();
    let before = others(hopsworks.users());
    let seen = done(work(&hopsworks, &Account { email: None, ..ann() }).await);
    assert_eq!((seen.hopsworks_user_id, seen.max_projects), (Some(ann_number.into()), Some(3)));
    let pages = hopsworks.requests().iter().filter(|request| *request == "GET /admin/users").count();
    assert_eq!((pages, others(hopsworks.users())), (2, before));
}

#[tokio::test]
async fn who_cannot_be_made_waits_for_a_person() {
    let hopsworks = start().await;
    for (account, code) in [
        (Account { email: None, ..ann() }, "no_verified_email"),
        (Account { email: Some(String::new()), ..ann() }, "no_verified_email"),
        (Account { email: Some("ann at home".to_owned()), ..ann() }, "email_refused"),
        (Account { user_id: "samlp|a/b".to_owned(), ..ann() }, "subject_refused"),
    ] {
        assert_eq!(failure(work(&hopsworks, &account).await), stuck(code), "{account:?}");
    }
    assert_eq!(hopsworks.users(), []);
}
