//! Alarms watch what runs, stop a bad release, and tell somebody.

use axum::Router;
use serde_json::{Value, json};
use shared::{App, clock::Clock, config::ConfigError};
use testkit::{Function, TestRequest};

use crate::translated::{ANSWERING, Template, UPKEEP, all_functions, template};

fn dimensions(alarm: &Value) -> Vec<(&str, &str)> {
    let dimensions = alarm["Dimensions"].as_array().unwrap().iter();
    dimensions.map(|pair| (pair["Name"].as_str().unwrap(), pair["Value"].as_str().unwrap_or("a reference"))).collect()
}

fn hangs_on_the_alias(template: &Template, id: &str, alarm: &str, metric: &str) {
    let function = template.properties(id)["FunctionName"].as_str().unwrap();
    let alarm = template.properties(alarm);
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&json!("AWS/Lambda"), &json!(metric)), "{id}");
    let alias = format!("{function}:live");
    assert_eq!(dimensions(alarm), [("FunctionName", function), ("Resource", &alias)], "{id}: {metric}");
}

#[tokio::test]
async fn every_function_has_its_alarms_on_the_alias_that_requests_go_to() {
    let template = template().await;
    for (id, _) in all_functions() {
        assert_eq!(template.properties(&format!("{id}Aliaslive"))["Name"], "live");
        hangs_on_the_alias(template, id, &format!("{id}Errors"), "Errors");
        hangs_on_the_alias(template, id, &format!("{id}Throttles"), "Throttles");
    }
    for (id, _) in ANSWERING {
        hangs_on_the_alias(template, id, &format!("{id}Slow"), "Duration");
        assert_eq!(template.properties(&format!("{id}Slow"))["ExtendedStatistic"], "p99", "{id}");
    }
    let on_lambda = template.of_type("AWS::CloudWatch::Alarm").filter(|(_, alarm)| alarm["Namespace"] == "AWS/Lambda");
    assert_eq!(on_lambda.count(), 2 * all_functions().count() + ANSWERING.len());
}

#[tokio::test]
async fn a_release_goes_in_steps_and_is_rolled_back_by_the_alarms_of_its_function() {
    let template = template().await;
    for (id, _) in ANSWERING {
        let alias = template.resource(&format!("{id}Aliaslive"));
        let group = &alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"];
        let group = template.properties(group.as_str().unwrap());
        let alarms = ["Errors", "Throttles", "Slow", "ServerErrors"]
            .map(|kind| json!({ "Name": { "Ref": format!("{id}{kind}") } }));
        assert_eq!(group["AlarmConfiguration"], json!({ "Enabled": true, "Alarms": alarms }), "{id}");
        assert_eq!(group["AutoRollbackConfiguration"]["Enabled"], true, "{id}");
        let events = group["AutoRollbackConfiguration"]["Events"].as_array().unwrap();
        assert!(events.contains(&json!("DEPLOYMENT_STOP_ON_ALARM")), "{id}: {events:?}");
        assert!(group["DeploymentConfigName"].to_string().contains("Canary"), "{id}");
    }
}

#[tokio::test]
async fn every_alarm_tells_the_topic_that_the_address_hears() {
    let template = template().await;
    for (id, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[actions], json!([{ "Ref": "AlarmTopic" }]), "{id}");
        }
        assert!(!alarm["AlarmDescription"].as_str().unwrap_or_default().is_empty(), "{id}");
        assert_ne!(alarm["TreatMissingData"], Value::Null, "{id} does not say what silence means");
    }
    let subscriptions = &template.properties("AlarmTopic")["Subscription"];
    assert_eq!(*subscriptions, json!([{ "Protocol": "email", "Endpoint": { "Ref": "AlarmEmail" } }]));
    let api = template.properties("ApiServerErrors");
    assert_eq!((&api["MetricName"], &api["Dimensions"][0]["Value"]), (&json!("5xx"), &json!({ "Ref": "Api" })));
}

/// A function that cannot work answers 503 and writes its metric line: what it writes is what the alarm reads.
#[tokio::test]
async fn the_alarm_on_5xx_reads_what_the_functions_write() {
    let template = template().await;
    for ((id, name), (published, routes)) in ANSWERING.into_iter().zip(contract::openapi::functions()) {
        assert_eq!(name, published);
        let broken = Err(ConfigError::Missing("APP_SECRET_ID"));
        let function = Function::start(name, Router::<App>::from(routes), broken, Clock::default()).await;
        assert_eq!(function.send(TestRequest::get("/api/auth/me")).await.status, 503);
        let lines = function.log.lines();
        let metric = lines.iter().find(|line| !line["_aws"].is_null()).expect("a metric line");
        let written = &metric["_aws"]["CloudWatchMetrics"][0];
        let alarm = template.properties(&format!("{id}ServerErrors"));
        assert_eq!(alarm["Namespace"], written["Namespace"], "{id}");
        let name = alarm["MetricName"].as_str().unwrap();
        assert!(written["Metrics"].as_array().unwrap().iter().any(|metric| metric["Name"] == name), "{written}");
        assert_eq!(metric[name], 1, "{id}");
        let [(dimension, value)] = dimensions(alarm)[..] else { panic!("one dimension of {id}") };
        assert!(written["Dimensions"].as_array().unwrap().contains(&json!([dimension])), "{written}");
        assert_eq!(metric[dimension], value, "{id}");
    }
}

#[tokio::test]
async fn upkeep_runs_daily_and_is_missed_when_it_does_not_come_to_its_end() {
    let template = template().await;
    let (id, name) = UPKEEP;
    let schedule = template.properties("UpkeepDaily");
    assert_eq!(schedule["Target"]["Arn"], json!({ "Ref": format!("{id}Aliaslive") }));
    assert!(schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"].as_u64().is_some_and(|retries| retries > 0));
    let failed = template.properties("UpkeepEventInvokeConfig");
    assert_eq!(failed["DestinationConfig"]["OnFailure"]["Destination"], json!({ "Ref": "AlarmTopic" }));
    for (alarm, statistic, silence) in
        [("InvariantViolations", "Maximum", "ignore"), ("UpkeepMissing", "SampleCount", "breaching")]
    {
        let alarm = template.properties(alarm);
        assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&json!("BackOffice"), &json!("invariant_violations")));
        assert_eq!(dimensions(alarm), [("function", name)]);
        assert_eq!((&alarm["Statistic"], &alarm["TreatMissingData"]), (&json!(statistic), &json!(silence)));
    }
    // A run a day, so an alarm within the next hours and never between two runs.
    let missing = template.properties("UpkeepMissing");
    let hours = missing["Period"].as_u64().unwrap() * missing["EvaluationPeriods"].as_u64().unwrap() / 3600;
    assert!((25..=30).contains(&hours), "{hours}");
}
