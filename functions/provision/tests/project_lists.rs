//! What becomes of a list of projects that fails, is too long, or is not to be believed.

use serde_json::json;
use testkit::{
    World,
    hopsworks::{Fault, Hopsworks},
};

use crate::site::{collect, demo, number_of, wanted, work, worker};

const LIST: &str = "GET /admin/projects";
pub const OPEN: &str = "select count(*) from app.hopsworks_projects where to_hour = 'infinity'";
pub const CODE: &str = "select projects_error_code from app.usage_collection";

/// Ann, who works on a cluster from which usage is collected, with so many projects that are known.
pub async fn started(world: &World, projects: usize) -> (Hopsworks, i32) {
    let (hopsworks, id) = demo(world, 10).await;
    world.sign_up("ann").await;
    work(world).await;
    let ann = number_of(&hopsworks, "auth0|ann");
    for number in 0..projects {
        hopsworks.add_project(ann, &format!("project_{number}"));
    }
    collect(world, id).await;
    work(world).await;
    assert_eq!(world.one(OPEN).await, projects.to_string());
    (hopsworks, ann)
}

/// Why the list that is due now is not taken; how many own a namespace.
async fn look_again(world: &World) -> (String, u32) {
    world.sql("update app.usage_collection set projects_due_at = app.now()").await;
    work(world).await;
    (world.one(CODE).await, world.one(OPEN).await.parse().unwrap())
}

fn delete(hopsworks: &Hopsworks, projects: usize) {
    for project in hopsworks.projects().into_iter().take(projects) {
        hopsworks.delete_project(project.number);
    }
}

pub fn lists(hopsworks: &Hopsworks) -> usize {
    hopsworks.requests().iter().filter(|request| *request == LIST).count()
}

fn taken(open: u32) -> (String, u32) {
    ("null".to_owned(), open)
}

fn refused(open: u32) -> (String, u32) {
    ("implausible_projects".to_owned(), open)
}

#[tokio::test]
async fn too_much_at_once_is_told_and_not_done_until_somebody_accepts_it() {
    let world = World::new().await;
    let (hopsworks, _) = started(&world, 40).await;
    hopsworks.set_fault(Some(Fault::EmptyList));
    assert_eq!(look_again(&world).await, refused(40));
    hopsworks.set_fault(None);
    delete(&hopsworks, 4);
    assert_eq!(look_again(&world).await, taken(36));
    delete(&hopsworks, 4);
    assert_eq!(look_again(&world).await, refused(36));
    // As `check` does. What it began with, the users, may be over first.
    world
        .sql(
            "update app.hopsworks_provisioning set sweep_due_at = app.now(), \
               last_sweep = last_sweep || jsonb_build_object('accepted_until', app.now() + interval '1 minute')",
        )
        .await;
    assert_eq!(work(&world).await["swept"], 1);
    assert_eq!(look_again(&world).await, taken(32));
    hopsworks.set_fault(Some(Fault::EmptyList));
    assert_eq!(look_again(&world).await, taken(0));
}

#[tokio::test]
async fn three_may_end_of_however_few_and_no_four() {
    let world = World::new().await;
    let (hopsworks, ann) = started(&world, 8).await;
    delete(&hopsworks, 3);
    assert_eq!(look_again(&world).await, taken(5));
    let bob = hopsworks.add_user(None, "bob@example.com");
    for project in hopsworks.projects().into_iter().take(4) {
        hopsworks.change_project(project.number, |project| project.owner = bob);
    }
    assert_eq!(look_again(&world).await, refused(5));
    let of_ann = "select count(*) from app.hopsworks_projects where to_hour = 'infinity' and user_id = 'auth0|ann'";
    assert_eq!(world.one(of_ann).await, "5");
    hopsworks.change_project(hopsworks.projects()[0].number, |project| project.owner = ann);
    assert_eq!(look_again(&world).await, taken(5));
    assert_eq!(world.one(of_ann).await, "2");
    delete(&hopsworks, 2);
    assert_eq!(look_again(&world).await, taken(3));
    hopsworks.set_fault(Some(Fault::EmptyList));
    assert_eq!(look_again(&world).await, refused(3), "a list without any is not believed");
}

#[tokio::test]
async fn a_cluster_without_projects_is_no_failure() {
    let world = World::new().await;
    let (_hopsworks, _) = started(&world, 0).await;
    assert_eq!(look_again(&world).await, taken(0));
}

#[tokio::test]
async fn a_key_that_is_good_for_users_alone_is_told_and_stops_no_account() {
    let world = World::new().await;
    let clock = async |time: &str| world.database_time_is(&format!("timestamptz '2026-03-10T{time}:00Z'")).await;
    clock("12:00").await;
    let (hopsworks, id) = demo(&world, 10).await;
    hopsworks.set_scopes(&["ADMINISTER_USERS"]);
    collect(&world, id).await;
    world.sign_up("ann").await;
    let worker = worker(&world).await;
    assert_eq!(worker.handle(json!({})).await.unwrap()["done"], 1);
    assert_eq!(wanted(&world).await, ["auth0|ann active 3 ready active"]);
    let state = "select concat_ws(' ', projects_error_code, to_char(projects_due_at, 'HH24:MI'), \
        to_char(projects_seen_at, 'HH24:MI'), p.error_code) \
        from app.usage_collection join app.hopsworks_provisioning p using (hopsworks_cluster_id)";
    assert_eq!(world.one(state).await, "key_lacks_scope 12:10");
    let log = worker.log.text();
    assert!(log.contains(r#""failing_project_lists":1"#) && log.contains(r#""failing_clusters":0"#), "{log}");
    clock("12:09").await;
    work(&world).await;
    assert_eq!(lists(&hopsworks), 1);
    hopsworks.set_scopes(&["ADMIN"]);
    clock("12:10").await;
    assert_eq!(work(&world).await["listed"], 1);
    assert_eq!(world.one(state).await, "13:10 12:10");
}

#[tokio::test]
async fn a_list_that_fails_or_cannot_be_kept_changes_nothing() {
    let world = World::new().await;
    let (hopsworks, _) = started(&world, 2).await;
    for (fault, code) in [
        (Fault::Status(500), "server_error"),
        (Fault::Html, "not_hopsworks"),
        (Fault::CutBefore, "cut_off"),
        (Fault::Status(404), "not_hopsworks"),
    ] {
        hopsworks.fail_next(1, "GET", "/admin/projects", fault);
        assert_eq!(look_again(&world).await, (code.to_owned(), 2));
    }
    assert_eq!(world.one("select error_code from app.hopsworks_provisioning").await, "null");
    hopsworks.change_project(hopsworks.projects()[0].number, |project| project.name = "a\0b".to_owned());
    assert_eq!(look_again(&world).await, ("not_settled".to_owned(), 2));
    hopsworks.change_project(hopsworks.projects()[0].number, |project| project.name = "ab".to_owned());
    assert_eq!(look_again(&world).await, taken(2));
}

#[tokio::test]
async fn thousands_of_projects_are_kept_in_one_call() {
    let world = World::new().await;
    let (hopsworks, ann) = started(&world, 5_000).await;
    // The database ends a call after four seconds. More than 4 MiB, with new names and owners.
    let bob = hopsworks.add_user(None, "bob@example.com");
    for number in [ann, bob] {
        hopsworks.change(number, |user| user.given_name = "x".repeat(700));
    }
    for project in hopsworks.projects() {
        hopsworks.change_project(project.number, |project| {
            project.name = format!("renamed_{}", project.number);
            project.owner = if project.number % 20 == 0 { bob } else { ann };
        });
    }
    assert_eq!(look_again(&world).await, taken(5_000));
    let renamed = "select count(*) from app.hopsworks_projects where to_hour = 'infinity' and name like 'renamed%'";
    assert_eq!(world.one(renamed).await, "5000");
    // More than 16 MiB.
    hopsworks.change(ann, |user| user.given_name = "x".repeat(4_000));
    assert_eq!(look_again(&world).await, ("answer_too_long".to_owned(), 5_000));
}
