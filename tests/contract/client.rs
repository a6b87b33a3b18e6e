//! The web app's client says what `openapi.yaml` says, and what uses it wrongly does not type-check.

use std::{fs, path::Path};

use contract::client;
use ops::schema;
use testkit::programs::{CLIENT, Packages};
use tokio::process::Command;

#[tokio::test]
async fn the_committed_client_says_what_the_openapi_file_says() {
    let checkout = schema::checkout();
    let committed = fs::read_to_string(checkout.join(client::FILE)).unwrap_or_default();
    let wanted = client::types(&checkout).await.unwrap();
    assert!(committed == wanted, "{} is out of date: run `make client`", client::FILE);
}

#[tokio::test]
async fn the_client_and_its_example_type_check_and_wrong_uses_do_not() {
    let packages = Packages::find_or_install(&schema::checkout(), CLIENT).await.unwrap();
    // Where the compiler finds the packages: nothing is installed beside the sources.
    let copy = packages.home.join("check");
    let _ = fs::remove_dir_all(&copy);
    copy_sources(&schema::checkout().join("client"), &copy);
    let mut command = Command::from(packages.command("tsc"));
    let checked = command.args(["--noEmit", "--project"]).arg(&copy).kill_on_drop(true).output().await.unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::copy(from.join("tsconfig.json"), to.join("tsconfig.json")).unwrap();
    for folder in ["src", "test"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let name = entry.unwrap().file_name();
            fs::copy(from.join(folder).join(&name), to.join(folder).join(&name)).unwrap();
        }
    }
}
