//! Why users are suspended: each reason ends by itself alone.

use serde_json::json;
use testkit::World;

use crate::fixtures::{audit, get, instance, set_status, user, world};

/// Ann with Bob in the team, both seated.
async fn team() -> World {
    let world = world(&[]).await;
    world.add_cluster("demo", 3).await;
    for name in ["ann", "bob"] {
        world.sign_up(name).await;
    }
    world.join("bob", "ann").await;
    world
}

/// Everybody's reasons but the administrator's: `ann {money}`.
async fn reasons(world: &World) -> Vec<String> {
    let reasons = "select replace(id, 'auth0|', '') || ' ' || suspended_for::text from public.users \
                   where id <> 'auth0|admin' order by id";
    world.all(reasons).await
}

async fn suspend_for_money(world: &World) {
    world.sql("select lock_seats(); select suspend_user('auth0|ann', 'money')").await;
}

#[tokio::test]
async fn an_administrator_ends_no_suspension_for_money() {
    let world = team().await;
    let function = instance(&world).await;
    suspend_for_money(&world).await;
    assert_eq!(reasons(&world).await, ["ann {money}", "bob {owner}"]);
    set_status(&world, &function, "ann", "active").await.expect_problem(409, "suspended_for_money");
    assert_eq!(reasons(&world).await, ["ann {money}", "bob {owner}"]);
    world.sql("select lock_seats(); select lift_suspension('auth0|ann', 'money')").await;
    assert_eq!(reasons(&world).await, ["ann {}", "bob {}"]);
    world.assert_sound().await;
}

#[tokio::test]
async fn with_two_reasons_both_must_end_in_either_order() {
    for administrator_first in [true, false] {
        let world = team().await;
        let function = instance(&world).await;
        suspend_for_money(&world).await;
        let ann = set_status(&world, &function, "ann", "suspended").await.expect(200).json;
        assert_eq!(ann["suspended_for"], json!(["administrator", "money"]));
        assert_eq!(reasons(&world).await, ["ann {administrator,money}", "bob {owner}"]);
        let paid = "select lock_seats(); select lift_suspension('auth0|ann', 'money')";
        if administrator_first {
            let ann = set_status(&world, &function, "ann", "active").await.expect(200).json;
            assert_eq!((&ann["status"], &ann["suspended_for"]), (&json!("suspended"), &json!(["money"])));
            world.sql(paid).await;
        } else {
            world.sql(paid).await;
            assert_eq!(reasons(&world).await, ["ann {administrator}", "bob {owner}"]);
            set_status(&world, &function, "ann", "active").await.expect(200);
        }
        assert_eq!(reasons(&world).await, ["ann {}", "bob {}"]);
        assert_eq!(audit(&world).await, ["admin ann", "admin ann"]);
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn what_a_kept_release_or_a_hand_writes_gets_its_reason() {
    let world = team().await;
    for (written, found) in [
        ("status = 'suspended', suspended_with_owner = (id = 'auth0|bob')", ["ann {administrator}", "bob {owner}"]),
        // Suspended once more, or out of the team.
        ("suspended_with_owner = false", ["ann {administrator}", "bob {administrator}"]),
        ("status = 'active'", ["ann {}", "bob {}"]),
        ("status = 'suspended'", ["ann {administrator}", "bob {administrator}"]),
        ("suspended_for = '{administrator,money}'", ["ann {administrator,money}", "bob {administrator,money}"]),
        ("status = 'suspended', name = 'N'", ["ann {administrator,money}", "bob {administrator,money}"]),
        ("status = 'deleted', deleted_at = app.now()", ["ann {}", "bob {}"]),
    ] {
        world.sql(&format!("update public.users set {written} where id <> 'auth0|admin'")).await;
        assert_eq!(reasons(&world).await, found, "{written}");
    }
}

#[tokio::test]
async fn the_tag_changes_when_another_reason_is_added() {
    let world = team().await;
    let function = instance(&world).await;
    let tag = async || function.send(get(&world, &user("ann"))).await.expect(200).headers["etag"].clone();
    set_status(&world, &function, "ann", "suspended").await.expect(200);
    let before = tag().await;
    suspend_for_money(&world).await;
    assert_ne!(tag().await, before);
}

#[tokio::test]
async fn who_was_suspended_before_there_were_reasons_gets_theirs() {
    let world = team().await;
    world
        .sql(
            "set session_replication_role = replica; \
             alter table public.users drop constraint users_suspended_for_a_reason, \
               drop constraint users_suspended_with_owner_alone; \
             update public.users set status = 'suspended', suspended_with_owner = (id = 'auth0|bob') where id <> 'auth0|admin'; \
             reset session_replication_role",
        )
        .await;
    assert_eq!(reasons(&world).await, ["ann {}", "bob {}"]);
    // As the migration does.
    world.sql("update public.users set status = status where status = 'suspended'").await;
    assert_eq!(reasons(&world).await, ["ann {administrator}", "bob {owner}"]);
}

#[tokio::test]
async fn want_of_money_suspends_no_administrator() {
    let world = team().await;
    world.sql("select promote_admin('auth0|bob')").await;
    suspend_for_money(&world).await;
    assert_eq!(reasons(&world).await, ["ann {money}", "bob {}"]);
    world.sql("select lock_seats(); select suspend_user('auth0|ann', 'administrator')").await;
    assert_eq!(reasons(&world).await, ["ann {administrator,money}", "bob {owner}"]);
    world.assert_sound().await;
}
