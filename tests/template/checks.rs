//! What the public checkers say of the template. None of them needs an account or the network.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use ops::schema;
use serde_json::Value;

use crate::translated::{WITH_CONSOLE, deployment, file, text};

/// What a checker says that has run to a good end.
fn passed(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(schema::checkout());
    // The checkers want to know a region, and must not look for credentials.
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    let output = command.env("SAM_CLI_TELEMETRY", "0").output().unwrap();
    let said = [&*output.stdout, &output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    output
}

/// As a person runs it: the settings (lint, Fn::ForEach) come from samconfig.toml.
#[test]
fn sam_finds_the_template_valid() {
    passed(&deployment().sam, &["validate"]);
}

#[test]
fn cfn_lint_finds_nothing() {
    passed(&deployment().cfn_lint, &[file().to_str().unwrap()]);
}

#[test]
fn checkov_finds_what_is_skipped_for_a_reason_and_nothing_else() {
    let translated = Path::new(env!("CARGO_TARGET_TMPDIR")).join("translated-template.json");
    fs::write(&translated, WITH_CONSOLE.to_string()).unwrap();
    let arguments =
        ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "-o", "json", "--soft-fail", "-f"];
    let file = translated.to_str().unwrap();
    let output = passed(&deployment().checkov, &[&arguments[..], &[file]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["summary"]["passed"].as_u64().is_some_and(|passed| passed > 100), "{}", report["summary"]);
    let skips = fs::read_to_string(schema::checkout().join("tests/template/checkov.yaml")).unwrap();
    let skipped: BTreeSet<&str> = skips.lines().filter_map(|line| line.trim_start().strip_prefix("- ")).collect();
    let findings = report["results"]["failed_checks"].as_array().unwrap();
    let found: BTreeSet<&str> = findings.iter().map(|finding| text(&finding["check_id"])).collect();
    let new: Vec<&Value> = findings.iter().filter(|finding| !skipped.contains(text(&finding["check_id"]))).collect();
    assert_eq!(found, skipped, "{new:#?}");
}
