//! `openapi.yaml` is well written; the web app's client says what it says, and what uses it wrongly does not type-check.
//! The console and the README's examples use it well.

use std::fs;

use contract::{client, openapi};
use ops::schema;
use testkit::programs::{CLIENT, Packages};
use tokio::process::Command;

/// Fails unless the tool is content, and shows what it said.
async fn assert_content(command: &mut Command) {
    let output = command.kill_on_drop(true).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
}

/// The components that a page shows.
fn examples(page: &str) -> impl Iterator<Item = &str> {
    page.split("```tsx\n").skip(1).filter_map(|text| text.split("```").next())
}

#[tokio::test]
async fn the_linter_finds_nothing_in_the_openapi_file() {
    let checkout = schema::checkout();
    let packages = Packages::find_or_install(&checkout, CLIENT).await.unwrap();
    let mut command = Command::from(packages.command("redocly"));
    command.args(["lint", "--format", "stylish", "--config"]).arg(checkout.join("client/lint.yaml"));
    assert_content(command.arg(checkout.join(openapi::FILE)).current_dir(&packages.home)).await;
}

#[tokio::test]
async fn the_committed_client_says_what_the_openapi_file_says() {
    let checkout = schema::checkout();
    let committed = fs::read_to_string(checkout.join(client::FILE)).unwrap_or_default();
    let wanted = client::types(&checkout).await.unwrap();
    assert!(committed == wanted, "{} is out of date: run `make client`", client::FILE);
}

#[tokio::test]
async fn the_client_and_its_hooks_do_as_they_say_and_wrong_uses_do_not_type_check() {
    let checkout = schema::checkout();
    let packages = Packages::find_or_install(&checkout, CLIENT).await.unwrap();
    // Where the compiler finds the packages: nothing is installed beside the sources.
    let copy = packages.home.join("check");
    let _ = fs::remove_dir_all(&copy);
    fs::create_dir_all(&copy).unwrap();
    let sources =
        ["tsconfig.json", "src", "test", "console", "README.md"].map(|name| checkout.join("client").join(name));
    assert_content(Command::new("cp").arg("-R").args(sources).arg(&copy)).await;
    let readme = fs::read_to_string(copy.join("README.md")).unwrap();
    for (number, example) in examples(&readme).enumerate() {
        fs::write(copy.join(format!("test/example-{number}.tsx")), example).unwrap();
    }
    for project in [&copy, &copy.join("console")] {
        assert_content(Command::from(packages.command("tsc")).args(["--noEmit", "--project"]).arg(project)).await;
    }
    // As this Node reads it: bundlers do without the ends of names, and only CommonJS does too.
    fs::write(copy.join("package.json"), r#"{ "type": "commonjs" }"#).unwrap();
    let mut compile = Command::from(packages.command("tsc"));
    compile.args(["--noCheck", "--noEmit", "false", "--module", "node16", "--moduleResolution", "node16", "--outDir"]);
    assert_content(compile.arg(copy.join("out")).arg("--project").arg(&copy)).await;
    assert_content(Command::new(&packages.node).args(["--test", "test/"]).current_dir(&copy)).await;
}
