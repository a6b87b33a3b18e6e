//! The list of users.

use serde_json::{Value, json};

use super::{
    super::{Hopsworks, Status},
    Caller, refused, started,
};

/// The addresses on a page, and how many there are on all.
async fn listed(caller: &Caller, query: &str) -> (Vec<String>, u64) {
    let (status, list) = caller.ask(&format!("GET /users?{query}"), "").await;
    assert_eq!(status, 200, "{query}: {list}");
    let items = list["items"].as_array().into_iter().flatten();
    let local = |item: &Value| item["email"].as_str().unwrap().split('@').next().unwrap().to_owned();
    (items.map(local).collect(), list["count"].as_u64().unwrap())
}

/// A local user and remote ones with these addresses.
fn fill(server: &Hopsworks) {
    server.add_user(None, "local@example.com");
    for name in ["Bob", "a_n", "ann", "anna"] {
        server.add_user(Some(("web", name)), &format!("{name}@example.com"));
    }
}

#[tokio::test]
async fn filters_are_the_servers_and_all_must_hold() {
    let (server, caller) = started().await;
    fill(&server);
    let bob = server.users().iter().find(|user| user.email.starts_with("Bob")).unwrap().number;
    server.change(bob, |user| user.status = Status::Deactivated);
    let remote = "filter_by=type:REMOTE_ACCOUNT_TYPE";
    for (query, expected) in [
        ("", vec!["a_n", "admin", "ann", "anna", "Bob", "local"]),
        (remote, vec!["a_n", "ann", "anna", "Bob"]),
        ("filter_by=type:0", vec!["admin", "local"]),
        ("filter_by=type:1&filter_by=status:3", vec!["Bob"]),
        ("filter_by=status:deactivated_account", vec!["Bob"]),
        ("filter_by=status_in:1,3,4", vec!["Bob"]),
        ("filter_by=status_in:0", vec![]),
        ("filter_by=user_email:bob@example.com", vec!["Bob"]),
        // The beginning is enough.
        ("filter_by=user_email:ann", vec!["ann", "anna"]),
        ("filter_by=user_email:ann@example.com", vec!["ann"]),
        // What SQL takes for any character, and any text.
        ("filter_by=user_email:a_n@example.com", vec!["a_n", "ann"]),
        ("filter_by=user_email:%25N@", vec!["a_n", "admin", "ann"]),
        ("filter_by=user_email:a%5C_n@", vec!["a_n"]),
        // Behind a second colon all is lost.
        ("filter_by=user_email:ann:x", vec!["ann", "anna"]),
        ("filter_by=user_email:", vec![]),
        ("filter_by=user_name:ann0", vec!["ann"]),
        ("filter_by=user_like:loc", vec!["local"]),
        ("filter_by=user_last_name:by+h&filter_by=user_first_name:m&filter_by=user_email:b", vec!["Bob"]),
    ] {
        let (found, count) = listed(&caller, &format!("sort_by=email:asc&{query}")).await;
        assert_eq!(found, expected, "{query}");
        assert_eq!(count, expected.len() as u64, "{query}");
    }
}

#[tokio::test]
async fn pages_are_cut_from_what_is_sorted_and_the_count_is_of_all() {
    let (server, caller) = started().await;
    fill(&server);
    for (query, expected) in [
        ("sort_by=email:asc&offset=1&limit=2", vec!["admin", "ann"]),
        ("sort_by=email:desc&limit=2", vec!["local", "Bob"]),
        ("sort_by=email&offset=5&limit=10", vec!["local"]),
        ("sort_by=email&offset=6", vec![]),
        ("sort_by=first_name,email:desc&limit=3", vec!["admin", "local", "Bob"]),
        // Neither is one.
        ("sort_by=email&offset=-1&limit=0", vec!["a_n", "admin", "ann", "anna", "Bob", "local"]),
    ] {
        assert_eq!(listed(&caller, query).await, (expected.into_iter().map(str::to_owned).collect(), 6), "{query}");
    }
}

#[tokio::test]
async fn without_an_order_the_list_comes_otherwise_each_time() {
    let (server, caller) = started().await;
    fill(&server);
    let (once, again) = (listed(&caller, "").await, listed(&caller, "").await);
    assert_ne!(once, again);
}

#[tokio::test]
async fn items_have_no_identity_and_say_where_an_account_came_from() {
    let (server, caller) = started().await;
    let number = server.add_user(Some(("web", "auth0|ann")), "Ann@example.com");
    let (_, list) = caller.ask("GET /users?filter_by=type:1", "").await;
    let item = &list["items"][0];
    let mut names: Vec<&String> = item.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "accountType",
            "activated",
            "email",
            "firstname",
            "id",
            "lastname",
            "maxNumProjects",
            "numActiveProjects",
            "role",
            "status",
            "toursState",
            "twoFactor",
            "username",
        ]
    );
    assert_eq!((&item["id"], &item["accountType"], &item["status"]), (&json!(number), &json!("OAUTH2"), &json!(2)));
}

#[tokio::test]
async fn an_empty_list_has_no_items_and_what_cannot_be_asked_is_no_page() {
    let (_server, caller) = started().await;
    assert_eq!(caller.ask("GET /users?filter_by=type:1", "").await, (200, json!({ "count": 0 })));
    caller
        .expect(&[
            ("GET /users?filter_by=uuid:x", "", 404, refused(120_004)),
            ("GET /users?filter_by=status:asleep", "", 404, refused(310_000)),
            ("GET /users?filter_by=status_in:2,+7", "", 404, refused(310_000)),
            ("GET /users?filter_by=type:far", "", 404, refused(310_000)),
            ("GET /users?sort_by=uuid", "", 404, refused(120_004)),
            ("GET /users?sort_by=email:up", "", 404, refused(120_004)),
            ("GET /users?limit=all", "", 404, refused(120_004)),
            ("GET /users/ann", "", 404, refused(120_004)),
        ])
        .await;
}
