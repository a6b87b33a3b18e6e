//! There is always an active administrator.

use serde_json::json;

use crate::fixtures::{audit, instance, patch, patch_by, set_status, world};

#[tokio::test]
async fn the_last_active_admin_cannot_be_demoted_suspended_or_deleted() {
    let world = world(&["ann"]).await;
    // An administrator who is suspended counts for nothing.
    world.sql("select promote_admin('auth0|ann'); select set_user_status('auth0|ann', 'suspended')").await;
    let function = instance(&world).await;
    for changes in [json!({ "is_admin": false }), json!({ "status": "suspended" }), json!({ "status": "deleted" })] {
        function.send(patch(&world, "admin", &changes)).await.expect_problem(409, "last_admin");
    }
    assert!(audit(&world).await.is_empty());
    set_status(&world, &function, "ann", "active").await.expect(200);
    function.send(patch(&world, "admin", &json!({ "is_admin": false }))).await.expect(200);
    let last = function.send(patch_by(&world, "ann", "ann", &json!({ "is_admin": false }))).await;
    last.expect_problem(409, "last_admin");
}

#[tokio::test]
async fn nor_is_the_last_admin_suspended_together_with_the_owner() {
    let world = world(&["ann"]).await;
    world.join("admin", "ann").await;
    let function = instance(&world).await;
    set_status(&world, &function, "ann", "suspended").await.expect_problem(409, "last_admin");
    assert_eq!(world.one("select count(*) from public.users where status = 'active'").await, "2");
    world.sign_up("bob").await;
    world.sql("select promote_admin('auth0|bob')").await;
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    assert_eq!(audit(&world).await, ["admin ann"]);
    world.assert_sound().await;
}
