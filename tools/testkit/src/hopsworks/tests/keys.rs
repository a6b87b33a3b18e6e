//! Who may ask, and who they ask: keys, their owner, scopes and certificates.

use serde_json::json;

use super::{
    super::{ADMINISTRATOR, Hopsworks, Status},
    Caller, refused, started,
};

#[tokio::test]
async fn a_key_is_sixteen_and_sixty_four_characters() {
    let (server, _caller) = started().await;
    let (prefix, secret) = server.api_key().split_once('.').map(|(a, b)| (a.len(), b.len())).unwrap();
    assert_eq!((prefix, secret), (16, 64));
}

#[tokio::test]
async fn without_a_good_key_nothing_is_answered() {
    let (server, mut caller) = started().await;
    let good = caller.authorization.take();
    let bearer = Some(format!("Bearer {}", server.api_key()));
    for (authorization, code) in
        [(None, 200_003), (bearer, 200_003), (Some("ApiKey a.b".to_owned()), 320_002), (Some("x".to_owned()), 200_003)]
    {
        caller.authorization = authorization;
        caller.expect(&[("GET /users", "", 401, refused(code)), ("GET /projects", "", 401, refused(code))]).await;
    }
    caller.authorization = good.clone();
    server.revoke_key();
    caller.expect(&[("GET /users", "", 401, refused(320_002))]).await;
    caller.authorization = Some(format!("ApiKey {}", server.renew_key()));
    caller.expect(&[("GET /users", "", 200, json!({}))]).await;
    caller.authorization = good;
    caller.expect(&[("GET /users", "", 401, refused(320_002))]).await;
    // What is no page of the server needs no key.
    caller.expect(&[("GET /nothing", "", 404, refused(120_004)), ("POST /user/x", "", 401, refused(320_002))]).await;
    caller.base = format!("{}/admin", server.url());
    caller.expect(&[("GET /users", "", 404, refused(120_004))]).await;
}

#[tokio::test]
async fn a_key_is_worth_what_its_owner_is() {
    let (server, caller) = started().await;
    for (status, code) in [
        (Status::New, 160_034),
        (Status::Verified, 160_036),
        (Status::Deactivated, 160_005),
        (Status::Blocked, 160_007),
        (Status::LostDevice, 160_035),
        (Status::Spam, 160_007),
    ] {
        server.change(ADMINISTRATOR, |user| user.status = status);
        caller.expect(&[("GET /users", "", 401, refused(code))]).await;
    }
    server.change(ADMINISTRATOR, |user| {
        user.status = Status::Activated;
        user.roles = vec!["HOPS_USER".to_owned()];
    });
    caller.expect(&[("GET /users", "", 403, refused(320_003))]).await;
}

#[tokio::test]
async fn scopes_are_for_users_or_for_all() {
    let (server, caller) = started().await;
    let create = "POST /users?accountType=M_ACCOUNT_TYPE&email=x";
    for (scopes, users, new_users, projects) in [
        (vec!["ADMINISTER_USERS"], 200, 400, 403),
        (vec!["ADMINISTER_USERS_REGISTER"], 403, 400, 403),
        (vec!["ADMIN"], 200, 400, 200),
        (vec!["PROJECT", "JOB"], 403, 403, 403),
        (vec![], 403, 403, 403),
    ] {
        server.set_scopes(&scopes);
        for (what, status) in [("GET /users", users), (create, new_users), ("GET /projects", projects)] {
            let (answered, body) = caller.ask(what, "").await;
            assert_eq!(answered, status, "{what} with {scopes:?}");
            assert!(answered != 403 || body["errorCode"] == 320_004, "{body}");
        }
    }
}

#[tokio::test]
async fn another_authority_is_not_trusted() {
    let (server, caller) = started().await;
    caller.expect(&[("GET /users", "", 200, json!({}))]).await;
    server.restart_with_other_ca().await.unwrap();
    let error = caller.send("GET /users", "").await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    Caller::of(&server).expect(&[("GET /users", "", 200, json!({}))]).await;
}

#[tokio::test]
async fn authority_and_key_outlive_the_server_where_they_are_kept() {
    let folder = std::env::temp_dir().join(format!("hopsworks-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).unwrap();
    let first = Hopsworks::start_kept(0, &folder).await.unwrap();
    let (mut caller, pem) = (Caller::of(&first), first.ca_pem());
    drop(first);
    let again = Hopsworks::start_kept(0, &folder).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(again.ca_pem(), pem);
    caller.base = Caller::of(&again).base;
    caller.expect(&[("GET /users", "", 200, json!({ "count": 1 }))]).await;
}
