//! What is wrong with a cluster is never blamed on a user.

use provision::{
    account::{Outcome, work as work_on},
    hopsworks::{Client, Cluster, Limits},
};
use testkit::hopsworks::{ADMINISTRATOR, Hopsworks, Status};

use crate::fixtures::{ann, at_cluster, client, cluster, done, failure, start, work};

async fn failure_of(cluster: &Cluster) -> (&'static str, String) {
    let outcome = match Client::new(cluster, Limits::default()) {
        Ok(client) => work_on(&client, &ann()).await,
        Err(refused) => Outcome::from(refused),
    };
    failure(outcome)
}

#[tokio::test]
async fn a_key_that_is_refused_is_told_from_one_that_lacks_a_scope() {
    let hopsworks = start().await;
    hopsworks.set_scopes(&["ADMIN"]);
    done(work(&hopsworks, &ann()).await);
    hopsworks.set_scopes(&["FEATURESTORE"]);
    assert_eq!(failure(work(&hopsworks, &ann()).await), at_cluster("key_lacks_scope"));
    hopsworks.set_scopes(&["ADMINISTER_USERS"]);
    hopsworks.change(ADMINISTRATOR, |user| user.roles = vec!["HOPS_USER".to_owned()]);
    assert_eq!(failure(work(&hopsworks, &ann()).await), at_cluster("key_lacks_scope"));
    hopsworks.change(ADMINISTRATOR, |user| user.status = Status::Deactivated);
    assert_eq!(failure(work(&hopsworks, &ann()).await), at_cluster("key_refused"));
    hopsworks.revoke_key();
    assert_eq!(failure(work(&hopsworks, &ann()).await), at_cluster("key_refused"));
}

#[tokio::test]
async fn a_key_that_is_revoked_is_refused_until_the_new_one_is_known() {
    let hopsworks = start().await;
    let old = client(&hopsworks);
    hopsworks.renew_key();
    assert_eq!(failure(work_on(&old, &ann()).await), at_cluster("key_refused"));
    done(work(&hopsworks, &ann()).await);
}

#[tokio::test]
async fn a_certificate_is_trusted_only_if_the_clusters_ca_has_signed_it() {
    let hopsworks = start().await;
    let trusting = cluster(&hopsworks);
    assert_eq!(failure_of(&Cluster { tls_ca_pem: None, ..trusting.clone() }).await, at_cluster("certificate_refused"));
    hopsworks.restart_with_other_ca().await.unwrap();
    assert_eq!(failure_of(&trusting).await, at_cluster("certificate_refused"));
    let other = Hopsworks::start(0).await.unwrap().ca_pem();
    let both = [other, hopsworks.ca_pem()].concat();
    let client = Client::new(&Cluster { tls_ca_pem: Some(both), ..trusting }, Limits::default()).unwrap();
    done(work_on(&client, &ann()).await);
}

#[tokio::test]
async fn a_cluster_that_is_not_there_is_unreachable() {
    let hopsworks = start().await;
    let gone = cluster(&hopsworks);
    drop(hopsworks);
    assert_eq!(failure_of(&gone).await, at_cluster("cluster_unreachable"));
}

#[tokio::test]
async fn what_cannot_even_be_asked_is_misconfigured() {
    let hopsworks = start().await;
    let good = cluster(&hopsworks);
    let port = hopsworks.port;
    let addresses = ["".to_owned(), format!("http://localhost:{port}"), format!("https://a:b@localhost:{port}")];
    let wrong = addresses.into_iter().map(|api_url| Cluster { api_url, ..good.clone() }).chain([
        Cluster { api_url: format!("{}/?a=b", good.api_url), ..good.clone() },
        Cluster { tls_ca_pem: Some("no certificate".to_owned()), ..good.clone() },
        Cluster { api_key: "two\nlines".into(), ..good.clone() },
        Cluster { api_key: "".into(), ..good.clone() },
        Cluster { oauth_client_id: String::new(), ..good.clone() },
    ]);
    for cluster in wrong {
        assert_eq!(failure_of(&cluster).await, at_cluster("cluster_misconfigured"), "{cluster:?}");
    }
    assert_eq!(hopsworks.requests(), Vec::<String>::new());
    let client = Client::new(&Cluster { api_url: format!("{}/", good.api_url), ..good }, Limits::default()).unwrap();
    done(work_on(&client, &ann()).await);
}

#[tokio::test]
async fn a_server_without_the_page_is_another_version_and_not_one_without_the_user() {
    let hopsworks = start().await;
    let api_url = format!("{}/hopsworks-api/api/x", hopsworks.url());
    assert_eq!(failure_of(&Cluster { api_url, ..cluster(&hopsworks) }).await, at_cluster("not_hopsworks"));
    assert_eq!(hopsworks.users(), []);
}
