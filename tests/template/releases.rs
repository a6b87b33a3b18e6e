//! What makes a release: a new version of each function that has changed, and of no other.

use std::{collections::BTreeMap, fs};

use axum::{
    Router,
    routing::{get, post},
};
use ops::schema;
use serde_json::{Value, json};
use testkit::server::Server;
use tokio::process::Command;

use crate::translated::{ANSWERING, TEMPLATE, all_functions, changed, deployment, text};

/// The id of each function's version. CloudFormation publishes one when the id is new.
fn versions(template: &Value) -> BTreeMap<&str, &str> {
    let resources = template["Resources"].as_object().unwrap().iter();
    let versions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Lambda::Version");
    versions.map(|(id, version)| (text(&version["Properties"]["FunctionName"]["Ref"]), id.as_str())).collect()
}

/// The functions that a changed template publishes.
fn published(changed: &Value) -> Vec<&str> {
    let (before, after) = (versions(&TEMPLATE), versions(changed));
    assert_eq!(after.len(), all_functions().count());
    after.into_iter().filter(|(id, version)| before[id] != *version).map(|(id, _)| id).collect()
}

/// Lambda refuses to publish the same version twice, and the deployment with it.
#[test]
fn what_is_no_part_of_a_version_publishes_none() {
    let template =
        changed("no-new-version", &[(r#"Default: "200""#, r#"Default: "400""#), ("Default: stop", "Default: ignore")]);
    let concurrency = &template["Resources"]["SyncUser"]["Properties"]["ReservedConcurrentExecutions"];
    assert_eq!(*concurrency, TEMPLATE["Mappings"]["Concurrency"]["400"]["SyncUser"]);
    assert_eq!(published(&template), [""; 0]);
    for (id, _) in ANSWERING {
        let group = &template["Resources"][format!("{id}DeploymentGroup")]["Properties"];
        assert_ne!(group["AlarmConfiguration"]["Enabled"], json!(true), "a release goes on while {id} rings");
    }
}

#[test]
fn code_variables_and_memory_publish_a_version_each() {
    let of = |id: &str| format!("FunctionName: !Sub ${{AWS::StackName}}-{id}\n");
    let with = |id: &str, line: &str| format!("{}      {line}\n", of(id));
    let changes = [
        ("team", "CodeUri: s3://bucket/another"),
        ("credits", "MemorySize: 512"),
        ("usage", "Environment: { Variables: { AUTH0_AUDIENCE: https://another.example.com } }"),
    ];
    let changes = changes.map(|(id, line)| (of(id), with(id, line)));
    let template = changed("new-versions", &changes.each_ref().map(|(from, to)| (from.as_str(), to.as_str())));
    assert_eq!(published(&template), ["Credits", "Team", "Usage"]);
}

/// As AWS answers for a stack in which `team` and `usage` are deployed, and an old version of `team` was kept.
const STACK: &str = "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>\
    <member><ResourceType>AWS::Lambda::Version</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
    <PhysicalResourceId>arn:aws:lambda:us-east-1:1:function:back-office-team:7</PhysicalResourceId></member>\
    <member><ResourceType>AWS::Lambda::Version</ResourceType><ResourceStatus>DELETE_SKIPPED</ResourceStatus>\
    <PhysicalResourceId>arn:aws:lambda:us-east-1:1:function:back-office-team:5</PhysicalResourceId></member>\
    <member><ResourceType>AWS::Lambda::Version</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
    <PhysicalResourceId>arn:aws:lambda:us-east-1:1:function:back-office-usage:6</PhysicalResourceId></member>\
    <member><ResourceType>AWS::Lambda::Function</ResourceType><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>\
    <PhysicalResourceId>back-office-team</PhysicalResourceId></member>\
    </StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>";

#[tokio::test]
async fn an_alias_that_was_moved_by_hand_is_found_before_the_next_deployment() {
    // Both aliases are at version 6.
    let aliases = get(async || json!({ "FunctionVersion": "6" }).to_string());
    let routes = Router::new()
        .route("/", post(async || STACK))
        .route("/2015-03-31/functions/back-office-team/aliases/live", aliases.clone())
        .route("/2015-03-31/functions/back-office-usage/aliases/live", aliases);
    let aws = Server::start(0, routes).await.unwrap();
    let python = tokio::task::spawn_blocking(|| deployment().sam_python).await.unwrap();
    let script = fs::read_to_string(schema::checkout().join("tools/dev/src/commands/aliases.py")).unwrap();
    let mut command = Command::new(python);
    command.args(["-c", &script, "back-office"]).env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", aws.port));
    command.envs([("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")]);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let back = "aws lambda update-alias --function-name back-office-team --name live --function-version 7  # is at 6\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), back);
}
