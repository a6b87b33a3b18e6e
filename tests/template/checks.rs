//! What the public checkers say of the template. None of them needs an account or the network.

use std::{collections::BTreeSet, fs, path::Path, process::Output};

use ops::schema;
use serde_json::Value;
use tokio::process::Command;

use crate::translated::{deployment, file, template};

async fn run(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(schema::checkout());
    // The checkers want to know a region, and must not look for credentials.
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("SAM_CLI_TELEMETRY", "0").output().await.unwrap()
}

fn passed(output: &Output) {
    let said = [&*output.stdout, &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// As a person runs it: the settings (lint, Fn::ForEach) come from samconfig.toml.
#[tokio::test]
async fn sam_finds_the_template_valid() {
    passed(&run(&deployment().await.sam, &["validate"]).await);
}

#[tokio::test]
async fn cfn_lint_finds_nothing() {
    passed(&run(&deployment().await.cfn_lint, &[file().to_str().unwrap()]).await);
}

#[tokio::test]
async fn checkov_finds_what_is_skipped_for_a_reason_and_nothing_else() {
    let translated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("translated-template.json");
    fs::write(&translated, template().await.whole.to_string()).unwrap();
    let arguments =
        ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "-o", "json", "--soft-fail", "-f"];
    let file = translated.to_str().unwrap();
    let output = run(&deployment().await.checkov, &[&arguments[..], &[file]].concat()).await;
    passed(&output);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["summary"]["passed"].as_u64().is_some_and(|passed| passed > 100), "{}", report["summary"]);
    let findings = report["results"]["failed_checks"].as_array().unwrap();
    let found: BTreeSet<&str> = findings.iter().map(|finding| finding["check_id"].as_str().unwrap()).collect();
    let skips = fs::read_to_string(schema::checkout().join("tests/template/checkov.yaml")).unwrap();
    let skipped: BTreeSet<&str> = skips.lines().filter_map(|line| line.trim_start().strip_prefix("- ")).collect();
    let new: Vec<&Value> =
        findings.iter().filter(|finding| !skipped.contains(finding["check_id"].as_str().unwrap())).collect();
    assert_eq!(found, skipped, "{new:#?}");
}
