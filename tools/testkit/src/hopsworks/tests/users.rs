//! Creating, reading, changing and deleting users.

use serde_json::{Value, json};

use super::{
    super::{ADMINISTRATOR, Rules, Status},
    refused, started,
};

/// A remote user with what is usual, and this identity and address.
fn remote(subject: &str, email: &str) -> String {
    format!(
        "POST /users?accountType=REMOTE_ACCOUNT_TYPE&type=OAUTH2&clientId=web&subject={subject}&email={email}\
         &givenName=Ann&surname=Lee&maxNumProjects=3"
    )
}

#[tokio::test]
async fn a_remote_user_is_created_without_a_number_and_keeps_the_address_as_it_is() {
    let (server, caller) = started().await;
    let (status, created) = caller.ask(&remote("auth0%7Cann", "Ann.Lee@Example.com"), "").await;
    assert_eq!(status, 201);
    let email = "Ann.Lee@Example.com";
    assert_eq!(
        created,
        json!({ "uuid": "web.auth0|ann", "givenName": "Ann", "surname": "Lee", "email": email, "username": "annlee00" })
    );
    let user = server.users().remove(0);
    assert_eq!((user.email.as_str(), user.uuid().as_deref()), (email, Some("web.auth0|ann")));
    assert_eq!((user.status, user.max_projects), (Status::Activated, 0));
    assert_eq!(caller.ask("GET /user/web.auth0%7Cann", "").await.1["email"], email);
    let (_, profile) = caller.ask(&format!("GET /users/{}", user.number), "").await;
    assert_eq!(profile["accountType"], "REMOTE_ACCOUNT_TYPE");
    assert_eq!(profile["uuid"], Value::Null);
}

#[tokio::test]
async fn who_is_known_or_incomplete_is_not_created() {
    let (server, caller) = started().await;
    caller.expect(&[(&remote("a", "ann@example.com"), "", 201, json!({}))]).await;
    let local = "POST /users?accountType=M_ACCOUNT_TYPE&givenName=Ann&surname=Lee&email=";
    caller
        .expect(&[
            (&remote("b", "ANN@example.com"), "", 409, refused(160_003)),
            (&remote("a", "other@example.com"), "", 409, refused(160_003)),
            (&format!("{local}ANN@EXAMPLE.COM"), "", 409, refused(160_003)),
            (&remote("b", ""), "", 400, refused(160_037)),
            (&remote("b", "bob"), "", 400, refused(160_037)),
            (&remote("b", "bob@localhost"), "", 400, refused(160_037)),
            (&remote("b", "b%20ob@example.com"), "", 400, refused(160_037)),
            (&remote("b", "bob@example.com").replace("=Ann", "="), "", 400, refused(160_055)),
            (&remote("b", "bob@example.com").replace("=Lee", "="), "", 400, refused(160_055)),
            (&remote("", "bob@example.com"), "", 422, refused(120_001)),
            (&remote("b", "bob@example.com").replace("=OAUTH2", "=X"), "", 404, refused(120_004)),
            (&remote("b", "bob@example.com").replace("=REMOTE", "=FAR"), "", 404, refused(120_004)),
            (&remote("b", "bob@example.com").replace("accountType", "kind"), "", 500, refused(120_000)),
        ])
        .await;
    assert_eq!(server.users().len(), 1);
}

#[tokio::test]
async fn a_local_user_has_a_number_and_an_address_in_lower_case() {
    let (server, caller) = started().await;
    server.set_rules(Rules { is_saas_managed: false, ..Rules::default() });
    let local = "POST /users?accountType=M_ACCOUNT_TYPE&givenName=Ann&surname=Lee&email=";
    let (_, created) = caller.ask(&format!("{local}ANN@Example.com"), "").await;
    let user = server.users().remove(0);
    assert_eq!((&created["email"], &created["status"]), (&json!("ann@example.com"), &json!(7)));
    assert_eq!((&created["id"], &created["maxNumProjects"]), (&json!(user.number), &json!(10)));
    assert!(created["password"].is_string() && user.uuid().is_none());
    let (_, created) = caller.ask(&format!("{local}b@example.com&password=Pass123&status=ACTIVATED_ACCOUNT"), "").await;
    assert_eq!((&created["password"], &created["status"]), (&Value::Null, &json!(2)));
}

#[tokio::test]
async fn a_limit_is_taken_at_creation_only_where_the_server_is_not_managed_and_never_zero() {
    let (server, caller) = started().await;
    let asked = |subject: &str, limit: &str| {
        remote(subject, &format!("{subject}@example.com"))
            .replace("maxNumProjects=3", &format!("maxNumProjects={limit}"))
    };
    caller.expect(&[(&asked("a", "3"), "", 201, json!({}))]).await;
    server.set_rules(Rules { is_saas_managed: false, ..Rules::default() });
    caller.expect(&[(&asked("b", "3"), "", 201, json!({})), (&asked("c", "0"), "", 201, json!({}))]).await;
    caller.expect(&[(&asked("d", "many"), "", 404, refused(120_004))]).await;
    let limits: Vec<i32> = server.users().iter().map(|user| user.max_projects).collect();
    assert_eq!(limits, [0, 3, 10]);
}

#[tokio::test]
async fn user_names_are_the_first_letters_and_digits_then_numbered() {
    let (server, _caller) = started().await;
    let emails = [
        ("christina.meier@example.com", "christin"),
        ("christina.muller@example.com", "christi1"),
        ("Christin@example.com", "christi2"),
        ("j.o@example.com", "jo000000"),
        ("jo@example.com", "jo000001"),
        ("\u{e9}ve_99@example.com", "ve990000"),
    ];
    for (email, username) in emails {
        server.add_user(Some(("web", email)), email);
        assert_eq!(server.users().pop().unwrap().username, username);
    }
}

#[tokio::test]
async fn numbers_have_gaps() {
    let (server, _caller) = started().await;
    let numbers = ["a", "b", "c", "d"].map(|name| server.add_user(None, &format!("{name}@example.com")));
    assert!(numbers.is_sorted() && numbers[3] - numbers[0] > 3, "{numbers:?}");
}

#[tokio::test]
async fn what_a_change_does_not_name_stays() {
    let (server, caller) = started().await;
    let number = server.add_user(Some(("web", "a")), "ann@example.com");
    let one = format!("PUT /users/{number}");
    caller
        .expect(&[
            (&one, r#"{"maxNumProjects":7}"#, 200, json!({ "maxNumProjects": 7, "status": 2 })),
            (&one, r#"{"status":"DEACTIVATED_ACCOUNT"}"#, 200, json!({ "maxNumProjects": 7, "status": 3 })),
            (&one, r#"{"status":2,"maxNumProjects":-1}"#, 200, json!({ "maxNumProjects": -1, "status": 2 })),
            (&one, r#"{"status":null,"email":"x@example.com","firstname":"X"}"#, 200, json!({ "status": 2 })),
            (&one, r#"{"status":"ASLEEP"}"#, 422, refused(120_001)),
            (&one, r#"{"status":8}"#, 422, refused(120_001)),
            (&one, "{", 422, refused(120_001)),
            (&one, "status=2", 415, json!({})),
            (
                &one,
                r#"{"bbcGroupCollection":[{"groupName":"HOPS_ADMIN"}]}"#,
                200,
                json!({ "email": "ann@example.com" }),
            ),
            ("PUT /users/10001", r#"{"status":2}"#, 404, refused(160_002)),
            ("PUT /users/99999999999", r#"{"status":2}"#, 404, refused(120_004)),
        ])
        .await;
    let user = server.users().remove(0);
    assert_eq!((user.given_name.as_str(), user.roles), ("Made", vec!["HOPS_ADMIN".to_owned()]));
}

#[tokio::test]
async fn users_are_accepted_rejected_and_given_roles() {
    let (server, caller) = started().await;
    let number = server.add_user(Some(("web", "a")), "ann@example.com");
    let own = format!("PUT /users/{ADMINISTRATOR}/role");
    caller
        .expect(&[
            (&format!("PUT /users/{number}/rejected"), "", 200, json!({ "status": 6 })),
            (&format!("PUT /users/{number}/accepted"), "", 200, json!({ "status": 2 })),
            (
                &format!("PUT /users/{number}/role"),
                "HOPS_ADMIN",
                200,
                json!({ "role": [{ "groupName": "HOPS_ADMIN" }] }),
            ),
            (&format!("PUT /users/{number}/role"), "KING", 400, refused(160_053)),
            (&own, "HOPS_USER", 400, refused(160_063)),
            ("PUT /users/1/accepted", "", 404, refused(160_002)),
            ("PUT /users/1/rejected", "", 404, refused(160_002)),
            ("PUT /users/1/role", "HOPS_USER", 404, refused(160_002)),
        ])
        .await;
}

#[tokio::test]
async fn who_owns_or_is_a_member_of_a_project_is_not_deleted() {
    let (server, caller) = started().await;
    let [owner, member] = ["a", "b"].map(|name| server.add_user(Some(("web", name)), &format!("{name}@example.com")));
    let project = server.add_project(owner, "one");
    server.add_member(project, member);
    let delete = |number: i32| format!("DELETE /users/{number}");
    caller
        .expect(&[
            (&delete(owner), "", 400, refused(160_054)),
            (&delete(member), "", 400, refused(160_054)),
            (&delete(ADMINISTRATOR), "", 400, refused(160_054)),
            (&format!("DELETE /projects/{project}"), "", 200, Value::Null),
            (&delete(owner), "", 204, Value::Null),
            (&delete(member), "", 204, Value::Null),
            (&delete(member), "", 404, refused(160_002)),
            ("GET /user/web.b", "", 404, refused(160_002)),
        ])
        .await;
    assert_eq!(server.users(), []);
}

#[tokio::test]
async fn hundreds_at_once_make_one_account_of_an_address() {
    let (server, caller) = started().await;
    let caller = std::sync::Arc::new(caller);
    let asks = (0..200).map(|number| {
        let caller = std::sync::Arc::clone(&caller);
        tokio::spawn(async move { caller.ask(&remote(&format!("s{number}"), "ann@example.com"), "").await.0 })
    });
    let mut created = 0;
    for ask in asks.collect::<Vec<_>>() {
        created += usize::from(ask.await.unwrap() == 201);
    }
    assert_eq!((created, server.users().len(), server.requests().len()), (1, 1, 200));
}
