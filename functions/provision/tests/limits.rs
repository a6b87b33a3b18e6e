//! How many projects a user may have.

use provision::{
    account::{Account, Wanted, work as work_on},
    hopsworks::{Client, Cluster, Limits},
};
use testkit::hopsworks::{Hopsworks, Rules, Status};

use crate::fixtures::{add_ann, ann, cluster, done, only_user, start, work};

/// Ann's limit after work that is to make it so many, when it was another.
async fn limit_after(hopsworks: &Hopsworks, was: i32, max_projects: i32, raise_only: bool) -> i32 {
    hopsworks.change(only_user(hopsworks).number, |user| user.max_projects = was);
    let client = Client::new(&Cluster { raise_only, ..cluster(hopsworks) }, Limits::default()).unwrap();
    let seen = done(work_on(&client, &Account { wanted: Wanted::Active { max_projects }, ..ann() }).await);
    assert_eq!(seen.max_projects, Some(only_user(hopsworks).max_projects));
    only_user(hopsworks).max_projects
}

#[tokio::test]
async fn a_limit_becomes_the_wanted_one_and_is_never_lowered_where_it_may_only_be_raised() {
    let hopsworks = start().await;
    add_ann(&hopsworks, Status::Activated, 0);
    for (was, wanted, becomes, raised_only) in
        [(1, 3, 3, 3), (5, 3, 3, 5), (3, 3, 3, 3), (5, 0, 0, 5), (-1, 3, 3, -1), (3, -1, -1, -1)]
    {
        assert_eq!(limit_after(&hopsworks, was, wanted, false).await, becomes, "{was}, {wanted}");
        assert_eq!(limit_after(&hopsworks, was, wanted, true).await, raised_only, "{was}, {wanted}, raised only");
    }
}

#[tokio::test]
async fn a_new_user_has_the_wanted_limit_also_where_the_server_gives_another() {
    for (is_saas_managed, max_projects, calls) in [(false, 3, 3), (true, 3, 4), (true, 0, 3), (false, 0, 4)] {
        let hopsworks = start().await;
        hopsworks.set_rules(Rules { is_saas_managed, ..Rules::default() });
        let account = Account { wanted: Wanted::Active { max_projects }, ..ann() };
        assert_eq!(done(work(&hopsworks, &account).await).max_projects, Some(max_projects));
        assert_eq!(only_user(&hopsworks).max_projects, max_projects);
        assert_eq!(hopsworks.requests().len(), calls, "identity, creation, number, and the limit where it differs");
    }
}
