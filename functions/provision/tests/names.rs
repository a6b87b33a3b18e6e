//! Names as the cluster gets them.

use provision::account::Account;

use crate::fixtures::{ann, done, only_user, start, work};

#[tokio::test]
async fn a_name_is_split_at_its_last_blank_and_one_word_has_a_surname_all_the_same() {
    let thirty = "x".repeat(30);
    for (name, given_name, surname) in [
        (Some("Ann Lee"), "Ann", "Lee"),
        (Some("Ann  Mary\tvan der\nBerg "), "Ann Mary van der", "Berg"),
        (Some("Ann"), "Ann", "."),
        (Some("A\u{7}nn L\u{85}ee"), "Ann L", "ee"),
        (Some("安 李"), "安", "李"),
        (Some(" \u{1}\t"), "ann.lee", "."),
        (None, "ann.lee", "."),
        (Some(&format!("{thirty}yz {thirty}z")), &thirty, &thirty),
    ] {
        let hopsworks = start().await;
        let account = Account { name: name.map(str::to_owned), email: Some("Ann.Lee@example.com".to_owned()), ..ann() };
        done(work(&hopsworks, &account).await);
        let user = only_user(&hopsworks);
        assert_eq!((user.given_name.as_str(), user.surname.as_str()), (given_name, surname), "{name:?}");
    }
}
