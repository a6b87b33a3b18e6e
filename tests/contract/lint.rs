//! `openapi.yaml` is well written: the linter finds nothing, and every example fits its schema.

use contract::openapi;
use ops::schema;
use testkit::programs::{CLIENT, Packages};
use tokio::process::Command;

#[tokio::test]
async fn the_linter_finds_nothing_in_the_openapi_file() {
    let checkout = schema::checkout();
    let packages = Packages::find_or_install(&checkout, CLIENT).await.unwrap();
    let mut command = Command::from(packages.command("redocly"));
    command
        .args(["lint", "--format", "stylish", "--config"])
        .arg(checkout.join("client/lint.yaml"))
        .arg(checkout.join(openapi::FILE));
    let found = command.current_dir(&packages.home).kill_on_drop(true).output().await.unwrap();
    let said = [found.stdout, found.stderr].concat();
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&said));
}
