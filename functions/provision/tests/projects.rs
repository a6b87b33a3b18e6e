//! Who owns which namespace, from hour to hour, as lists of projects say it.

use testkit::{
    World,
    hopsworks::{ADMINISTRATOR, Hopsworks, Rules},
};

use crate::{
    fixtures::CLIENT_ID,
    site::{collect, demo, number_of, work},
};

/// Ann and Bob, who work on a cluster from which usage is collected, at half past twelve of the tenth of March: their
/// numbers there.
async fn started(world: &World) -> (Hopsworks, [i32; 2]) {
    set_clock(world, 12).await;
    let (hopsworks, id) = demo(world, 10).await;
    collect(world, id).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    work(world).await;
    // An empty list would not be believed.
    hopsworks.add_project(ADMINISTRATOR, "rest");
    let numbers = ["auth0|ann", "auth0|bob"].map(|subject| number_of(&hopsworks, subject));
    (hopsworks, numbers)
}

async fn set_clock(world: &World, hour: u32) {
    world.database_time_is(&format!("timestamptz '2026-03-10T{hour}:30:00Z'")).await;
}

/// What is known after a look at half past this hour: `namespace name username user from-to` of each time that somebody
/// owned a namespace.
async fn seen_at(world: &World, hour: u32) -> Vec<String> {
    set_clock(world, hour).await;
    world.sql("update app.usage_collection set projects_due_at = app.now()").await;
    work(world).await;
    assert_eq!(world.one("select projects_error_code from app.usage_collection").await, "null");
    world
        .all(
            "select concat_ws(' ', namespace, name, owner_username, coalesce(user_id, 'nobody'), \
               case when from_hour < '2026-03-10' then 'before' else to_char(from_hour, 'HH24:MI') end || '-' \
               || case to_hour when 'infinity' then 'now' else to_char(to_hour, 'HH24:MI') end) \
             from app.hopsworks_projects where namespace <> 'rest' order by namespace, from_hour, to_hour",
        )
        .await
}

/// Adds a project that was made at this time of the tenth of March.
fn add(hopsworks: &Hopsworks, owner: i32, name: &str, time: &str) -> i32 {
    let project = hopsworks.add_project(owner, name);
    hopsworks.change_project(project, |project| project.created = format!("2026-03-10T{time}:00.000Z"));
    project
}

#[tokio::test]
async fn the_first_owner_of_a_namespace_has_it_from_half_a_day_before_and_a_new_name_changes_nothing() {
    let world = World::new().await;
    let (hopsworks, [ann, _]) = started(&world).await;
    let project = add(&hopsworks, ann, "My_Project", "12:40");
    assert_eq!(seen_at(&world, 13).await, ["my-project My_Project ann00000 auth0|ann before-now"]);
    let from = "select from_hour at time zone 'UTC' from app.hopsworks_projects where namespace = 'my-project'";
    assert_eq!(world.one(from).await, "2026-03-09 22:00:00", "the cluster may write the time of its own zone");
    hopsworks.change_project(project, |project| project.name = "Renamed".to_owned());
    assert_eq!(seen_at(&world, 14).await, ["my-project Renamed ann00000 auth0|ann before-now"]);
}

#[tokio::test]
async fn a_server_that_tells_no_namespace_makes_it_of_the_name() {
    let world = World::new().await;
    let (hopsworks, [ann, _]) = started(&world).await;
    let rules = Rules { is_saas_managed: false, ..Rules::default() };
    hopsworks.set_rules(Rules { tells_namespaces: false, ..rules });
    let project = add(&hopsworks, ann, "Deep_Blue_2", "12:40");
    let made = "deep-blue-2 Deep_Blue_2 ann00000 auth0|ann before-now";
    assert_eq!(seen_at(&world, 13).await, [made]);
    hopsworks.set_rules(rules);
    assert_eq!(seen_at(&world, 14).await, [made]);
    // What the server tells counts, whatever the name is.
    hopsworks.change_project(project, |project| project.namespace = "p-4711".to_owned());
    let ended = made.replace("now", "15:00");
    assert_eq!(seen_at(&world, 15).await, [ended.as_str(), "p-4711 Deep_Blue_2 ann00000 auth0|ann before-now"]);
}

#[tokio::test]
async fn an_owner_whom_we_do_not_know_yet_is_known_later_and_once_for_all() {
    let world = World::new().await;
    let (hopsworks, _) = started(&world).await;
    let carol = hopsworks.add_user(Some((CLIENT_ID, "auth0|carol")), "carol@example.com");
    add(&hopsworks, carol, "Atlas", "12:40");
    assert_eq!(seen_at(&world, 13).await, ["atlas Atlas carol000 nobody before-now"]);
    world.sign_up("carol").await;
    work(&world).await;
    let known = ["atlas Atlas carol000 auth0|carol before-now"];
    assert_eq!(seen_at(&world, 14).await, known);
    world
        .sql(
            "update app.hopsworks_accounts \
             set hopsworks_username = case user_id when 'auth0|bob' then 'carol000' end \
             where user_id in ('auth0|bob', 'auth0|carol')",
        )
        .await;
    assert_eq!(seen_at(&world, 15).await, known);
}

#[tokio::test]
async fn nobody_pays_while_two_have_the_owners_name() {
    let world = World::new().await;
    let (hopsworks, _) = started(&world).await;
    let eve = hopsworks.add_user(None, "eve@example.com");
    world.sql("update app.hopsworks_accounts set hopsworks_username = 'eve00000'").await;
    add(&hopsworks, eve, "Atlas", "12:40");
    assert_eq!(seen_at(&world, 13).await, ["atlas Atlas eve00000 nobody before-now"]);
    world.sql("update app.hopsworks_accounts set hopsworks_username = null where user_id = 'auth0|bob'").await;
    assert_eq!(seen_at(&world, 14).await, ["atlas Atlas eve00000 auth0|ann before-now"]);
}

#[tokio::test]
async fn another_project_takes_a_namespace_from_the_hour_in_which_it_was_made() {
    let world = World::new().await;
    let (hopsworks, [ann, bob]) = started(&world).await;
    let mut project = add(&hopsworks, ann, "One", "08:00");
    assert_eq!(seen_at(&world, 13).await, ["one One ann00000 auth0|ann before-now"]);
    // Between two looks one ends, and another one begins.
    hopsworks.delete_project(project);
    project = add(&hopsworks, bob, "One", "10:20");
    let mut expected = vec!["one One ann00000 auth0|ann before-10:00", "one One bob00000 auth0|bob 10:00-now"];
    assert_eq!(seen_at(&world, 14).await, expected);
    hopsworks.delete_project(project);
    expected[1] = "one One bob00000 auth0|bob 10:00-15:00";
    assert_eq!(seen_at(&world, 15).await, expected);
    // Not before the one that was there has ended.
    project = add(&hopsworks, ann, "One", "12:10");
    expected.push("one One ann00000 auth0|ann 15:00-now");
    assert_eq!(seen_at(&world, 16).await, expected);
    // Where the server's clock is ahead, and where it says what we do not understand, it is the present hour.
    for (hour, created, user) in [(17, "2026-03-11T01:00:00.000Z", bob), (18, "yesterday", ann)] {
        hopsworks.delete_project(project);
        project = add(&hopsworks, user, "One", "00:00");
        hopsworks.change_project(project, |project| project.created = created.to_owned());
        seen_at(&world, hour).await;
    }
    expected[2] = "one One ann00000 auth0|ann 15:00-17:00";
    expected.extend(["one One bob00000 auth0|bob 17:00-18:00", "one One ann00000 auth0|ann 18:00-now"]);
    assert_eq!(seen_at(&world, 19).await, expected);
}

#[tokio::test]
async fn a_project_passes_to_another_owner_from_the_present_hour() {
    let world = World::new().await;
    let (hopsworks, [ann, bob]) = started(&world).await;
    let project = add(&hopsworks, ann, "One", "08:00");
    seen_at(&world, 13).await;
    hopsworks.change_project(project, |project| project.owner = bob);
    let mut expected = vec!["one One ann00000 auth0|ann before-14:00", "one One bob00000 auth0|bob 14:00-now"];
    assert_eq!(seen_at(&world, 14).await, expected);
    // Twice in an hour.
    hopsworks.change_project(project, |project| project.owner = ann);
    expected[1] = "one One bob00000 auth0|bob 14:00-14:00";
    expected.push("one One ann00000 auth0|ann 14:00-now");
    assert_eq!(seen_at(&world, 14).await, expected);
    assert_eq!(seen_at(&world, 15).await, expected);
}

#[tokio::test]
async fn a_project_that_is_no_longer_listed_ends_and_goes_on_where_it_ended() {
    let world = World::new().await;
    let (hopsworks, [ann, bob]) = started(&world).await;
    let project = add(&hopsworks, ann, "One", "08:00");
    add(&hopsworks, bob, "Two", "08:00");
    let two = "two Two bob00000 auth0|bob before-now";
    assert_eq!(seen_at(&world, 13).await, ["one One ann00000 auth0|ann before-now", two]);
    hopsworks.change_project(project, |project| project.namespace = "elsewhere".to_owned());
    assert_eq!(seen_at(&world, 14).await[1..], ["one One ann00000 auth0|ann before-14:00", two]);
    hopsworks.change_project(project, |project| project.namespace = "one".to_owned());
    let went_on = "one One ann00000 auth0|ann 14:00-now";
    assert_eq!(seen_at(&world, 15).await[1..], ["one One ann00000 auth0|ann before-14:00", went_on, two]);
}

#[tokio::test]
async fn what_was_attributed_by_hand_ends_when_a_project_takes_the_namespace() {
    let world = World::new().await;
    let (hopsworks, [ann, _]) = started(&world).await;
    let by_hand = "insert into app.hopsworks_projects (hopsworks_cluster_id, name, namespace, user_id, from_hour) \
        select id, 'by hand', unnest(array['early', 'late']), 'auth0|bob', '-infinity' from public.hopsworks_clusters";
    world.sql(by_hand).await;
    let (early, late) = ("early by hand auth0|bob before-now", "late by hand auth0|bob before-now");
    assert_eq!(seen_at(&world, 13).await, [early, late], "it is no project");
    add(&hopsworks, ann, "Early", "14:10");
    // There was a project, and we did not know.
    add(&hopsworks, ann, "Late", "08:00");
    let expected = [
        &early.replace("now", "14:00"),
        "early Early ann00000 auth0|ann 14:00-now",
        &late.replace("now", "12:00"),
        "late Late ann00000 auth0|ann 12:00-now",
    ];
    assert_eq!(seen_at(&world, 15).await, expected);
}

#[tokio::test]
async fn of_two_projects_in_one_namespace_the_newer_one_has_it() {
    let world = World::new().await;
    let (hopsworks, [ann, bob]) = started(&world).await;
    add(&hopsworks, ann, "One", "08:00");
    seen_at(&world, 13).await;
    let other = add(&hopsworks, bob, "Other", "13:40");
    hopsworks.change_project(other, |project| project.namespace = "one".to_owned());
    let expected = ["one One ann00000 auth0|ann before-13:00", "one Other bob00000 auth0|bob 13:00-now"];
    for hour in [14, 15] {
        assert_eq!(seen_at(&world, hour).await, expected);
    }
}
