//! Requests that Schemathesis generates from `openapi.yaml` get documented responses, whoever sends them, and no 5xx.
//! Settings are in `tests/contract/schemathesis/`; its seed makes the requests the same every time.

use std::{collections::BTreeSet, process::Output};

use contract::openapi;
use ops::schema;
use shared::http::routes::{Access, Operation};
use testkit::{Gateway, Instances, gateway, programs::Environment};
use tests::{fixtures, operations, route};
use tokio::process::Command;

/// Operations of which only the invited can make something.
const FOR_THE_INVITED: &str = "accept_invite";
/// After which nothing else is answered.
const THE_END: &str = "close_account";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_and_a_machine_are_answered_as_documented() {
    let theirs = |operation: &Operation| match operation.access {
        Access::Admin | Access::Machine(_) | Access::MachineOrAdmin(_) => true,
        Access::User => operation.id == "assign_user",
        Access::UserOrSuspendedOwner => true,
        Access::AccountOwner | Access::ActionOrPerson | Access::Person | Access::Stripe | Access::UserOrSuspended => {
            false
        }
    };
    hold_to_the_contract(Some("admin"), theirs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_owner_is_answered_as_documented() {
    let theirs = |operation: &Operation| {
        matches!(
            operation.access,
            Access::Person
                | Access::User
                | Access::UserOrSuspendedOwner
                | Access::UserOrSuspended
                | Access::AccountOwner
        ) && ![FOR_THE_INVITED, THE_END].contains(&operation.id)
    };
    hold_to_the_contract(Some("ann"), theirs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_invited_is_answered_as_documented() {
    let theirs = |operation: &Operation| operation.id == FOR_THE_INVITED || operation.access == Access::ActionOrPerson;
    hold_to_the_contract(Some("eve"), theirs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_leaves_for_good_is_answered_as_documented() {
    hold_to_the_contract(Some("eve"), |operation| operation.id == THE_END).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_action_is_answered_as_documented() {
    hold_to_the_contract(None, |operation| operation.access == Access::ActionOrPerson).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_is_answered_as_documented() {
    hold_to_the_contract(None, |operation| operation.access == Access::Stripe).await;
}

/// Asks everything of these operations as this person, or else as the Action or Stripe, whoever signs; and as a machine that may do all a machine
/// can.
async fn hold_to_the_contract(person: Option<&str>, belongs: impl Fn(&Operation) -> bool) {
    let (world, _) = fixtures::so_far(None).await;
    let instances = Instances::start(&world, openapi::functions()).await;
    let api = Gateway::start(0, gateway::routes(openapi::functions()), instances, None).await.unwrap();
    let operations: Vec<Operation> = operations().into_iter().map(|(_, one)| one).filter(belongs).collect();
    let checkout = schema::checkout();
    let mut command = Command::new(Environment::install(&checkout, "contract").await.unwrap().program("schemathesis"));
    command.current_dir(checkout.join("tests/contract/schemathesis")).kill_on_drop(true);
    command.args(["--config-file", "schemathesis.toml", "run", "--no-color", "--url", &api.url()]);
    command.arg(checkout.join(openapi::FILE)).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("HYPOTHESIS_STORAGE_DIRECTORY", checkout.join(".local/tools/hypothesis"));
    for operation in &operations {
        command.args(["--include-operation-id", operation.id]);
    }
    command.env("MACHINE_TOKEN", world.machine_token(&["usage:write", "credits:write"]));
    if let Some(name) = person {
        let token = world.token_with_email(&format!("auth0|{name}"), &format!("{name}@example.com"));
        command.env("PERSON_TOKEN", token);
    } else {
        // Every request is signed, also those that are to be refused for want of a token.
        command.args(["--exclude-checks", "ignored_auth"]).env("PERSON_TOKEN", "none");
        let secret = world.secret(0);
        command.env("WEBHOOK_SECRET", secret["webhook_secret"].as_str().unwrap());
        command.env("STRIPE_WEBHOOK_SECRET", secret["stripe"]["webhook_secrets"][0].as_str().unwrap());
        command.env("WEBHOOK_TIMESTAMP", world.clock.now().timestamp().to_string());
    }
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let report = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(status.success(), "{report}");

    let requests = api.backend.requests();
    let failed: Vec<_> = requests.iter().filter(|line| line["status"].as_u64() >= Some(500)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let done: BTreeSet<String> = requests
        .iter()
        .filter(|line| line["status"].as_u64() < Some(300))
        .map(|line| format!("{} {}", line["method"].as_str().unwrap(), line["route"].as_str().unwrap()))
        .collect();
    let never_done: Vec<String> = operations.iter().map(route).filter(|route| !done.contains(route)).collect();
    assert!(never_done.is_empty(), "refused whatever was asked: {never_done:?}");
    world.assert_sound().await;
}
