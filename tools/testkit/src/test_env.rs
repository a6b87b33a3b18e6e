//! How tests find the stack that `make test` has started for them.

use std::{env, path::PathBuf};

use anyhow::Result;
use ops::environment::emulator_credentials;

use crate::{
    process::Claim,
    stack::{Stack, StackAddress, TEMPLATE},
};

const STACK_VARIABLE: &str = "BACK_OFFICE_TEST_STACK";
const HOME_VARIABLE: &str = "BACK_OFFICE_TEST_HOME";

/// The environment of tests that use this stack.
pub fn variables(stack: &Stack) -> Result<Vec<(&'static str, String)>> {
    let mut variables = vec![
        (STACK_VARIABLE, serde_json::to_string(&stack.address)?),
        (HOME_VARIABLE, stack.home.display().to_string()),
    ];
    variables.extend(emulator_credentials().map(|(name, value)| (name, value.to_owned())));
    Ok(variables)
}

/// A folder for the processes of one test; `make test` removes what it leaves.
pub fn own_folder(test: &str) -> (PathBuf, Claim) {
    let home = PathBuf::from(format!("{}-{test}", variable(HOME_VARIABLE)));
    let claim = Claim::of(&home).expect("nobody else has this folder");
    (home, claim)
}

/// A stack that a test may break.
pub async fn own_stack(test: &str) -> Stack {
    let (home, claim) = own_folder(test);
    Stack::start(claim, &home, [0; 3], TEMPLATE).await.expect("the stack starts")
}

/// The stack that `make test` has started for all.
pub(crate) fn shared_stack() -> StackAddress {
    serde_json::from_str(&variable(STACK_VARIABLE)).expect("the stack's address is JSON")
}

#[expect(clippy::disallowed_methods, reason = "no setting of the back office: `make test` sets it for the tests")]
fn variable(name: &str) -> String {
    env::var(name).expect("run the tests with `make test`, which starts the stack they need")
}
