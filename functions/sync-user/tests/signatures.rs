//! The Action's signature: good for these bytes, for five minutes, under the current secret or the previous one.

use testkit::{TestRequest, World};

use crate::logins::{PATH, event, instance};

#[tokio::test]
async fn a_signature_must_be_the_actions_over_these_bytes_within_five_minutes() {
    let world = World::new().await;
    let function = instance(&world).await;
    let body = event(&world, "auth0|ann", "ann@x.io");
    let good = || TestRequest::post(PATH).json(&body);
    let stranger = World::new().await;
    let token = world.token("auth0|ann");
    let at = |offset_s: i64| {
        let timestamp_s = world.clock.now().timestamp() + offset_s;
        let signature = world.webhook_secret.sign("msg_1", timestamp_s, body.to_string().as_bytes());
        let request = good().header("webhook-id", "msg_1").header("webhook-timestamp", &timestamp_s.to_string());
        (request, signature)
    };
    let other = stranger.webhook_secret.sign("msg_1", 0, b"");
    let wrong = [
        ("another secret", good().signed(&stranger)),
        ("another body", good().signed(&world).bytes(event(&world, "auth0|eve", "eve@x.io").to_string())),
        ("too old", at(-301).0.header("webhook-signature", &at(-301).1)),
        ("too early", at(301).0.header("webhook-signature", &at(301).1)),
        ("no signature", at(0).0),
        ("an empty signature", at(0).0.header("webhook-signature", "v1,")),
        ("another version", at(0).0.header("webhook-signature", &at(0).1.replace("v1,", "v2,"))),
        ("another id", good().signed_as(&world, "msg_1").header("webhook-id", "msg_2")),
        ("an id too long", good().signed_as(&world, &"x".repeat(256))),
        ("an empty id", good().signed_as(&world, "")),
        ("a good token does not help", at(0).0.bearer(&token)),
        ("too many signatures", at(0).0.header("webhook-signature", &vec![at(0).1; 17].join(" "))),
        (
            "more than can be signatures",
            at(0).0.header("webhook-signature", &format!("{}{}", "v1, ".repeat(2400), at(0).1)),
        ),
    ];
    for (what, request) in wrong {
        let response = function.send(request).await;
        assert_eq!(response.status, 401, "{what}: {}", response.text);
        assert_eq!(response.json["code"], "unauthorized");
    }
    assert_eq!(world.one("select count(*) from public.users").await, "0");

    for (what, request) in [
        ("one of several signatures", at(0).0.header("webhook-signature", &format!("v1,AAAA v1a,x {}", at(0).1))),
        (
            "the last of sixteen",
            at(0).0.header("webhook-signature", &format!("{}v1, v2,x {}", format!("{other} ").repeat(15), at(0).1)),
        ),
        ("five minutes old", at(-299).0.header("webhook-signature", &at(-299).1)),
    ] {
        assert_eq!(function.send(request).await.status, 200, "{what}");
    }
}

#[tokio::test]
async fn the_previous_webhook_secret_is_good_until_it_is_replaced_again() {
    let world = World::new().await;
    let secret_id = world.put_secret(&world.secret(world.stack.pgbouncer_port)).await;
    let next = World::new().await;
    let mut replaced = world.secret(world.stack.pgbouncer_port);
    replaced["webhook_secret"] = next.secret(0)["webhook_secret"].clone();
    world.replace_secret(&secret_id, &replaced).await;
    let config = world.config(&secret_id);
    let start = testkit::Function::start(sync_user::NAME, sync_user::routes(), Ok(config), world.clock.clone());
    let function = start.await;

    let body = event(&world, "auth0|ann", "ann@x.io");
    for signer in [&world, &next] {
        function.send(TestRequest::post(PATH).json(&body).signed(signer)).await.expect(200);
    }
}
