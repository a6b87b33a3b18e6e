//! Projects, and how many a user may have.

use serde_json::{Value, json};

use super::{
    super::{Hopsworks, Rules},
    Caller, refused, started,
};

async fn create(caller: &Caller, name: &str) -> (u16, Value) {
    let body = json!({ "owner": "ann00000", "projectName": name, "services": [] }).to_string();
    caller.ask("POST /projects/createas", &body).await
}

/// A server with a user who may have so many projects.
async fn with_user(limit: i32) -> (Hopsworks, Caller, i32) {
    let (server, caller) = started().await;
    let number = server.add_user(Some(("web", "a")), "ann@example.com");
    server.change(number, |user| user.max_projects = limit);
    (server, caller, number)
}

#[tokio::test]
async fn a_project_is_created_for_a_user_with_an_empty_answer() {
    let (server, caller, number) = with_user(2).await;
    assert_eq!(create(&caller, "One").await, (200, Value::Null));
    let project = server.projects().remove(0);
    assert_eq!((project.name.as_str(), project.owner), ("One", number));
    let refusals = [("one", 409, 150_001), ("_x", 400, 150_003), ("a__b", 400, 150_003), ("", 400, 150_003)];
    for (name, status, code) in refusals {
        assert_eq!(create(&caller, name).await.1["errorCode"], code, "{name}");
        assert_eq!(create(&caller, name).await.0, status, "{name}");
    }
    assert_eq!(create(&caller, "Two").await.0, 200);
    // The limit comes before the name.
    assert_eq!(create(&caller, "One").await.1["errorCode"], 150_002);
    caller
        .expect(&[
            ("POST /projects/createas", r#"{"owner":"nobody00","projectName":"x"}"#, 400, refused(160_001)),
            ("POST /projects/createas", r#"{"projectName":"x"}"#, 422, refused(120_001)),
        ])
        .await;
}

#[tokio::test]
async fn a_deleted_project_counts_for_ever_unless_the_server_counts_living_ones() {
    let (server, caller, number) = with_user(1).await;
    assert_eq!(create(&caller, "One").await.0, 200);
    let project = server.projects()[0].number;
    caller.expect(&[(&format!("DELETE /projects/{project}"), "", 200, Value::Null)]).await;
    assert_eq!(create(&caller, "Two").await.1["errorCode"], 150_002);
    let one = format!("GET /users/{number}");
    caller.expect(&[(&one, "", 200, json!({ "maxNumProjects": 1, "numActiveProjects": 0 }))]).await;
    server.set_rules(Rules { counts_living_only: true, ..Rules::default() });
    assert_eq!(create(&caller, "Two").await.0, 200);
    assert_eq!(create(&caller, "Three").await.1["errorCode"], 150_002);
    caller.expect(&[(&one, "", 200, json!({ "numActiveProjects": 1 }))]).await;
}

#[tokio::test]
async fn no_limit_is_below_zero() {
    let (server, caller, number) = with_user(-1).await;
    assert_eq!(create(&caller, "One").await.0, 200);
    server.change(number, |user| user.max_projects = 0);
    assert_eq!(create(&caller, "Two").await.1["errorCode"], 150_002);
}

#[tokio::test]
async fn projects_are_listed_changed_and_deleted() {
    let (server, caller, number) = with_user(0).await;
    let project = server.add_project(number, "Deep_Blue");
    let (_, list) = caller.ask("GET /projects?expand=creator", "").await;
    let item = &list["items"][0];
    assert_eq!((&list["count"], &item["id"], &item["namespace"]), (&json!(1), &json!(project), &json!("deep-blue")));
    assert_eq!(item["creator"]["username"], "ann00000");
    assert_eq!(caller.ask("GET /projects", "").await.1["items"][0]["creator"], json!({}));
    server.set_rules(Rules { tells_namespaces: false, ..Rules::default() });
    server.change_project(project, |project| project.created = "2026-03-10T10:20:00.000Z".to_owned());
    let (_, list) = caller.ask("GET /projects", "").await;
    let item = &list["items"][0];
    assert_eq!((&item["namespace"], &item["created"]), (&Value::Null, &json!("2026-03-10T10:20:00.000Z")));
    let one = format!("/projects/{project}");
    let quotas = json!({ "hdfsQuota": -1 });
    caller
        .expect(&[
            (&format!("PUT {one}"), r#"{"paymentType":"PREPAID","projectQuotas":{"hdfsQuota":-1}}"#, 200, json!({})),
            (
                &format!("GET {one}?expand=quotas"),
                "",
                200,
                json!({ "paymentType": "PREPAID", "projectQuotas": quotas }),
            ),
            (&format!("GET {one}"), "", 200, json!({ "projectQuotas": null })),
            (&format!("DELETE {one}"), "", 200, Value::Null),
            (&format!("DELETE {one}"), "", 400, refused(150_004)),
            (&format!("DELETE {one}?force=true"), "", 200, Value::Null),
            (&format!("GET {one}"), "", 400, refused(150_004)),
            (&format!("PUT {one}"), "{}", 400, refused(150_004)),
        ])
        .await;
}

#[tokio::test]
async fn members_are_added_to_all_projects_or_to_none() {
    let (server, caller, number) = with_user(0).await;
    let member = server.add_user(Some(("web", "b")), "bob@example.com");
    let project = server.add_project(number, "one");
    let ask = |username: &str, role: &str, projects: &[i32]| {
        json!({ "username": username, "role": role, "projectIds": projects }).to_string()
    };
    let add = "POST /projects/add-to-projects";
    caller
        .expect(&[
            (add, &ask("bob00000", "King", &[project]), 400, refused(150_087)),
            (add, &ask("nobody00", "Data owner", &[project]), 400, refused(160_001)),
            (add, &ask("bob00000", "Data owner", &[project, 1]), 400, refused(150_004)),
        ])
        .await;
    assert_eq!(server.projects()[0].members.len(), 1);
    caller.expect(&[(add, &ask("bob00000", "Data scientist", &[project]), 200, Value::Null)]).await;
    assert_eq!(server.projects()[0].members[&member], "Data scientist");
}
