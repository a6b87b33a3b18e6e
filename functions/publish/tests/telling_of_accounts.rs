//! What is told of accounts: their invites, their money, and accounts on clusters.

use testkit::World;

use crate::fixtures::told;

/// A world with Ann and a cluster for Ann.
async fn world() -> World {
    let world = World::new().await;
    world.add_cluster("first", 5).await;
    world.sign_up("ann").await;
    told(&world).await;
    world
}

async fn invite(world: &World, address: &str, days: i32) {
    world
        .sql(&format!(
            "insert into public.team_invites (account_owner_id, email, token_hash, created_at, expires_at) \
             values ('auth0|ann', '{address}@x.io', sha256('{address}'), app.now() - interval '8 days', \
               app.now() + interval '{days} days')"
        ))
        .await;
}

#[tokio::test]
async fn an_invite_is_told_of_when_it_is_made_and_when_it_ends_and_its_address_and_token_are_not() {
    let world = world().await;
    world.sign_up("bob").await;
    told(&world).await;
    for (address, days) in [("bob", 1), ("eve", 1), ("late", -1), ("later", -1)] {
        invite(&world, address, days).await;
    }
    let all = world.told().await.join(" ");
    assert!(!all.contains("@x.io") && !all.contains("token") && all.contains("expires_at"), "{all}");
    assert_eq!(told(&world).await, ["invite.created account:ann"; 4]);
    let end = async |address: &str, change: &str| {
        world.sql(&format!("update public.team_invites set {change} where email = '{address}@x.io'")).await;
        told(&world).await
    };
    let accepted = "accepted_at = app.now(), accepted_by_user_id = 'auth0|bob'";
    assert_eq!(end("bob", accepted).await, ["invite.accepted account:ann bob"]);
    assert_eq!(end("eve", "withdrawn_at = app.now()").await, ["invite.withdrawn account:ann"]);
    assert_eq!(end("eve", "withdrawn_at = app.now()").await, [""; 0]);
    // Another one to the same address makes it end.
    assert_eq!(end("late", "withdrawn_at = app.now()").await, ["invite.expired account:ann"]);
    assert_eq!(end("later", "expired_at = app.now()").await, ["invite.expired account:ann"]);
    assert_eq!(end("later", "withdrawn_at = app.now()").await, [""; 0], "it has been told");
}

#[tokio::test]
async fn money_is_told_of_and_usage_is_not() {
    let world = world().await;
    for (kind, amount, refunded, told_of) in [
        ("purchase", "50", "null", "credits.purchased account:ann 50.00 50.00"),
        ("usage", "0", "null", ""),
        ("refund", "-20", "1", "credits.refunded account:ann -20.00 28.00"),
        ("adjustment", "-1.5", "null", "credits.adjusted account:ann -1.50 26.50"),
    ] {
        world
            .sql(&format!(
                "select post_entries(array[row('auth0|ann', '{kind}', {amount}, 0, 0, 0, \
                   case '{kind}' when 'usage' then 2 * app.billing_month_seconds() end, null, 'because', {refunded}, \
                   nullif('{kind}', 'usage'), case '{kind}' when 'usage' then null else sha256('') end, 'test', null)::credit_change])"
            ))
            .await;
        let expected: Vec<&str> = Some(told_of).filter(|told| !told.is_empty()).into_iter().collect();
        assert_eq!(told(&world).await, expected, "{kind}");
    }
}

#[tokio::test]
async fn an_account_on_a_cluster_is_told_of_when_it_is_ready_and_when_it_waits_for_a_person() {
    let world = world().await;
    world
        .sql(
            "insert into app.hopsworks_accounts (user_id, hopsworks_cluster_id, wanted, wanted_projects) \
             select 'auth0|ann', id, 'active', 1 from public.hopsworks_clusters",
        )
        .await;
    for (change, expected) in [
        ("hopsworks_user_id = 7, seen_status = 'active'", "hopsworks_account.ready user:ann first"),
        ("seen_status = 'active', attempts = 1", ""),
        (
            "error_code = 'email_taken', error_detail = 'ann@x.io', stuck_since = app.now()",
            "hopsworks_account.stuck user:ann first email_taken",
        ),
        ("stuck_since = app.now()", ""),
        ("error_code = null, error_detail = null, stuck_since = null", ""),
        ("seen_status = 'deactivated'", ""),
        ("seen_status = 'active'", "hopsworks_account.ready user:ann first"),
    ] {
        world.sql(&format!("update app.hopsworks_accounts set {change}")).await;
        let expected: Vec<&str> = Some(expected).filter(|told| !told.is_empty()).into_iter().collect();
        assert_eq!(told(&world).await, expected, "{change}");
    }
}
