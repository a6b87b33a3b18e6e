//! What the password of `api` opens by itself: each SQL function says whom it is for, whatever its caller claims to be.

use ops::admin_db::AdminDb;
use serde_json::{Value, json};
use shared::http::routes::Access;
use testkit::World;
use tests::operations;

/// What a caller may claim to be, and what nobody is.
const CLAIMS: [&str; 11] = [
    "user",
    "user_or_suspended_owner",
    "user_or_suspended",
    "owner",
    "admin",
    "machine",
    "processor",
    "schedule",
    "operator",
    "Machine",
    "",
];

/// The endpoints, each with whom it is for. What no route leads to is the daily work.
async fn endpoints(world: &World) -> Vec<(String, &'static [&'static str])> {
    let names = world
        .all(&format!(
            "select proname from pg_proc where pronamespace = '{}'::regnamespace \
               and has_function_privilege('api', oid, 'execute') order by 1",
            world.release
        ))
        .await;
    let operations = operations();
    let kinds = |name: &str| -> &'static [&'static str] {
        match operations.iter().find(|(_, operation)| operation.id == name).map(|(_, operation)| operation.access) {
            None => &["schedule"],
            Some(Access::User | Access::Person) => &["user"],
            Some(Access::UserOrSuspendedOwner) => &["user_or_suspended_owner"],
            Some(Access::UserOrSuspended) => &["user_or_suspended"],
            Some(Access::AccountOwner) => &["owner"],
            Some(Access::Admin) => &["admin"],
            Some(Access::Machine(_)) => &["machine"],
            Some(Access::MachineOrAdmin(_)) => &["machine", "admin"],
            Some(Access::Stripe) => &["processor"],
            Some(Access::ActionOrPerson) => &[],
        }
    };
    // It has no caller: who logs in is its input.
    names.into_iter().filter(|name| name != "sync_user").map(|name| (name.clone(), kinds(&name))).collect()
}

/// Calls as the functions do; nothing of it stays. The code that it ends with, if it fails.
async fn call(database: &mut AdminDb, name: &str, caller: &Value) -> Option<String> {
    let args =
        json!({ "caller": caller, "input": { "id": { "id": "auth0|ann" }, "user_id": "auth0|ann", "limit": 1 } });
    let call = format!("begin; set local role api; select {name}('{args}')");
    let called = database.run(&call).await;
    database.run("rollback").await.unwrap();
    called.err().map(|refusal| refusal.code)
}

#[tokio::test]
async fn whoever_claims_to_be_of_another_kind_passes_no_function() {
    let world = World::new().await;
    world.add_administrator().await;
    world.sign_up("ann").await;
    let (endpoints, mut database) = (endpoints(&world).await, world.direct().await);
    assert!(endpoints.len() > 30, "{endpoints:?}");
    for (name, kinds) in endpoints {
        for claim in CLAIMS {
            let caller = json!({ "sub": "auth0|admin", "must_be": claim, "request_id": "forged" });
            let is_refused = call(&mut database, &name, &caller).await.as_deref() == Some("42501");
            assert_eq!(is_refused, !kinds.contains(&claim), "{name} as {claim:?}");
        }
        let caller = json!({ "sub": "auth0|admin", "request_id": "forged" });
        assert_eq!(call(&mut database, &name, &caller).await.as_deref(), Some("42501"), "{name} as nobody");
        for nameless in [
            json!({ "must_be": "machine" }),
            json!({ "must_be": "machine", "sub": " " }),
            json!({ "must_be": "processor" }),
        ] {
            assert_eq!(call(&mut database, &name, &nameless).await.as_deref(), Some("42501"), "{name} as {nameless}");
        }
    }
}

#[tokio::test]
async fn a_request_that_was_made_before_opens_no_door_to_another_kind_of_caller() {
    let world = World::new().await;
    world.sign_up("ann").await;
    world.add_administrator().await;
    world
        .sql(
            "insert into app.audit_log (actor, action, target, request_id) \
             values ('auth0|admin', 'users.update', 'auth0|ann', 'made')",
        )
        .await;
    let mut database = world.direct().await;
    for (claim, code) in [("admin", None), ("machine", Some("42501"))] {
        let caller = json!({ "sub": "auth0|admin", "must_be": claim, "request_id": "made" });
        assert_eq!(call(&mut database, "update_user", &caller).await.as_deref(), code, "{claim}");
    }
}
