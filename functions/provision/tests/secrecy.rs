//! The key is shown nowhere.

use provision::{
    account::{Outcome, work as work_on},
    hopsworks::{Client, Cluster, Limits},
};

use crate::fixtures::{ann, client, cluster, start, work};

#[tokio::test]
async fn the_key_stands_in_no_debug_text_and_in_no_outcome() {
    let hopsworks = start().await;
    let key = hopsworks.api_key();
    let mut texts = vec![format!("{:?} {:?}", cluster(&hopsworks), client(&hopsworks))];
    let misconfigured = Cluster { api_key: format!("{key}\n").into(), ..cluster(&hopsworks) };
    texts.push(format!("{:?}", Client::new(&misconfigured, Limits::default()).unwrap_err()));
    texts.push(format!("{:?}", work(&hopsworks, &ann()).await));
    hopsworks.revoke_key();
    texts.push(serde_json::to_string(&work(&hopsworks, &ann()).await).unwrap());
    for text in texts {
        assert!(!text.contains(&key), "{text}");
    }
}

#[tokio::test]
async fn a_cluster_that_repeats_the_key_does_not_get_it_into_the_detail() {
    let hopsworks = start().await;
    // A word of what the server says of keys that it does not know.
    let client = Client::new(&Cluster { api_key: "found".into(), ..cluster(&hopsworks) }, Limits::default()).unwrap();
    let Outcome::Cluster { detail, .. } = work_on(&client, &ann()).await else { panic!("the key is wrong") };
    assert_eq!(detail, "status 401, code 320002: Api key not …");
}
