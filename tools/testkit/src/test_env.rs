//! What `make test` tells the tests: where its stack is, and what else it has ready.

use std::{env, path::PathBuf};

use crate::{
    process::Claim,
    stack::{Ports, Stack, TEMPLATE},
};

/// The variable in which `make test` says where its stack is.
pub const STACK_VARIABLE: &str = "BACK_OFFICE_TEST_STACK";
/// The variable in which `make test` says where it keeps its stack.
pub const HOME_VARIABLE: &str = "BACK_OFFICE_TEST_HOME";

/// The variable in which `make test-release` says where Lambda's runtime emulator is.
pub const EMULATOR_VARIABLE: &str = "BACK_OFFICE_TEST_EMULATOR";

/// Lambda's own runtime emulator.
pub fn emulator() -> PathBuf {
    PathBuf::from(told(EMULATOR_VARIABLE))
}

/// A folder for the processes of one test; `make test` removes what it leaves.
pub fn own_folder(test: &str) -> (PathBuf, Claim) {
    let home = PathBuf::from(format!("{}{test}", told(HOME_VARIABLE)));
    let claim = Claim::of(&home).expect("a folder of one's own");
    (home, claim)
}

/// A stack that a test may break.
pub async fn own_stack(test: &str) -> Stack {
    let (home, claim) = own_folder(test);
    let home = &home;
    Stack::start(claim, home, Ports::any().expect("free ports"), TEMPLATE).await.expect("a stack of one's own")
}

#[expect(clippy::disallowed_methods, reason = "the test kit is told its stack by its parent")]
pub(crate) fn told(variable: &str) -> String {
    env::var(variable).expect("run the tests with `make test`, which starts the stack they need")
}
