//! What the client can besides, and the forms in which the database speaks and is spoken to.

use provision::{
    account::{Account, Outcome, Wanted},
    hopsworks::{Failure, NewUser},
};
use serde_json::json;

use crate::fixtures::{CLIENT_ID, client, start};

#[tokio::test]
async fn remote_users_are_listed_by_pages() {
    let hopsworks = start().await;
    hopsworks.add_user(None, "local@example.com");
    for name in ["eve", "bob", "ann"] {
        hopsworks.add_user(Some((CLIENT_ID, name)), &format!("{name}@example.com"));
    }
    let client = client(&hopsworks);
    let mut pages = Vec::new();
    for offset in [0, 2, 4] {
        let page = client.list(offset, 2).await.unwrap();
        let emails: Vec<String> = page.items.into_iter().map(|user| user.email).collect();
        pages.push((page.count, emails.join(" ")));
    }
    let expected = ["ann@example.com bob@example.com", "eve@example.com", ""];
    assert_eq!(pages, expected.map(|emails| (3, emails.to_owned())));
}

#[tokio::test]
async fn a_user_without_a_name_is_refused_by_that_code() {
    let hopsworks = start().await;
    let new =
        NewUser { subject: "auth0|ann", email: "ann@example.com", given_name: "", surname: ".", max_num_projects: 3 };
    let refused = client(&hopsworks).create(&new).await.unwrap_err();
    let Failure::Person { code, detail } = refused else { panic!("{refused:?}") };
    assert_eq!((code.as_ref(), detail.as_str()), ("name_refused", "status 400, code 160055: User name not set."));
}

#[test]
fn an_account_is_read_as_the_database_says_it() {
    let account = json!({
        "user_id": "auth0|ann",
        "email": null,
        "name": "Ann",
        "wanted": { "status": "active", "max_projects": 3, "new": true },
        "hopsworks_user_id": 10001,
        "hopsworks_username": "ann00000",
        "rev": 7,
    });
    let account: Account = serde_json::from_value(account).unwrap();
    assert!(matches!(account.wanted, Wanted::Active { max_projects: 3 }), "{account:?}");
    assert_eq!((account.hopsworks_user_id, account.email), (Some(10001), None));
    assert!(matches!(serde_json::from_value(json!({ "status": "deactivated" })).unwrap(), Wanted::Deactivated));
}

#[test]
fn an_outcome_is_written_with_its_kind() {
    let later = Failure::Later { code: "time_out", detail: "slow".to_owned(), retry_after_s: Some(7) };
    for (failure, written) in [
        (later, json!({ "outcome": "later", "code": "time_out", "detail": "slow", "retry_after_s": 7 })),
        (
            Failure::person("no_verified_email", "a\nb"),
            json!({ "outcome": "stuck", "code": "no_verified_email", "detail": "a b" }),
        ),
        (
            Failure::cluster("key_refused", &"x".repeat(300)),
            json!({ "outcome": "cluster", "code": "key_refused", "detail": "x".repeat(200) }),
        ),
    ] {
        assert_eq!(serde_json::to_value(Outcome::from(failure)).unwrap(), written);
    }
}
