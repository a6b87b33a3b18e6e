//! Alarms watch what runs, stop a bad release, and tell somebody.

use std::collections::BTreeSet;

use axum::Router;
use serde_json::{Value, json};
use shared::{App, clock::Clock, config::ConfigError};
use testkit::{Function, TestRequest};
use tokio::runtime::Runtime;

use crate::translated::{
    ANSWERING, COLLECT_USAGE, PROVISION, PUBLISH, UPKEEP, all_functions, of_type, properties, resource, says, text,
};

fn dimensions(alarm: &str) -> Vec<(&str, &str)> {
    let dimensions = properties(alarm)["Dimensions"].as_array().unwrap().iter();
    dimensions.map(|pair| (text(&pair["Name"]), pair["Value"].as_str().unwrap_or("a reference"))).collect()
}

#[test]
fn every_function_has_its_alarms_on_the_alias_that_requests_go_to() {
    let mut expected = BTreeSet::new();
    for (id, name) in all_functions() {
        says(&format!("{id}Aliaslive"), [("/Name", json!("live"))]);
        let (function, slow) = (text(&properties(id)["FunctionName"]), ("Slow", "Duration", json!("p99")));
        let alias = format!("{function}:live");
        let alarms = [("Errors", "Errors", Value::Null), ("Throttles", "Throttles", Value::Null)];
        // Nobody waits for what runs by itself.
        for (kind, metric, percentile) in alarms
            .into_iter()
            .chain((![PROVISION, COLLECT_USAGE, PUBLISH, UPKEEP].contains(&(id, name))).then_some(slow))
        {
            let alarm = format!("{id}{kind}");
            let at = ["/Namespace", "/MetricName", "/ExtendedStatistic"];
            says(&alarm, [(at[0], json!("AWS/Lambda")), (at[1], json!(metric)), (at[2], percentile)]);
            assert_eq!(dimensions(&alarm), [("FunctionName", function), ("Resource", &alias)], "{alarm}");
            expected.insert(alarm);
        }
    }
    let on_lambda = of_type("AWS::CloudWatch::Alarm").filter(|(_, alarm)| alarm["Namespace"] == "AWS/Lambda");
    assert_eq!(on_lambda.map(|(id, _)| id.to_owned()).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_release_goes_in_steps_and_is_rolled_back_by_the_alarms_of_its_function() {
    for (id, _) in ANSWERING {
        let group = resource(&format!("{id}Aliaslive")).pointer("/UpdatePolicy/CodeDeployLambdaAliasUpdate");
        let group = text(&group.unwrap()["DeploymentGroupName"]["Ref"]);
        let alarms = ["Errors", "Throttles", "Slow", "ServerErrors"]
            .map(|kind| json!({ "Name": { "Ref": format!("{id}{kind}") } }));
        let alarms = json!({ "Enabled": true, "Alarms": alarms });
        says(group, [("/AlarmConfiguration", alarms), ("/AutoRollbackConfiguration/Enabled", json!(true))]);
        let group = properties(group);
        let events = group["AutoRollbackConfiguration"]["Events"].as_array().unwrap();
        assert!(events.contains(&json!("DEPLOYMENT_STOP_ON_ALARM")), "{id}: {events:?}");
        assert!(group["DeploymentConfigName"].to_string().contains("Canary"), "{id}");
    }
}

#[test]
fn every_alarm_tells_the_topic_that_the_address_hears() {
    let topic = json!([{ "Ref": "AlarmTopic" }]);
    for (id, alarm) in of_type("AWS::CloudWatch::Alarm") {
        says(id, [("/AlarmActions", topic.clone()), ("/OKActions", topic.clone())]);
        assert!(!alarm["AlarmDescription"].as_str().unwrap_or_default().is_empty(), "{id}");
        assert_ne!(alarm["TreatMissingData"], Value::Null, "{id} does not say what silence means");
    }
    let hears = json!([{ "Protocol": "email", "Endpoint": { "Ref": "AlarmEmail" } }]);
    says("AlarmTopic", [("/Subscription", hears)]);
    says("ApiServerErrors", [("/MetricName", json!("5xx")), ("/Dimensions/0/Value", json!({ "Ref": "Api" }))]);
}

/// A function that cannot work answers 503 and writes its metric line: what it writes is what the alarm reads.
#[test]
fn the_alarm_on_5xx_reads_what_the_functions_write() {
    for ((id, name), (published, routes)) in ANSWERING.into_iter().zip(contract::openapi::functions()) {
        assert_eq!(name, published);
        let id = format!("{id}ServerErrors");
        let (alarm, dimensions) = (properties(&id), dimensions(&id));
        let metric = Runtime::new().unwrap().block_on(async {
            let broken = Err(ConfigError::Missing("APP_SECRET_ID"));
            let function = Function::start(name, Router::<App>::from(routes), broken, Clock::default()).await;
            assert_eq!(function.send(TestRequest::get("/api/auth/me")).await.status, 503);
            function.log.lines().into_iter().find(|line| !line["_aws"].is_null()).expect("a metric line")
        });
        let written = &metric["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(alarm["Namespace"], written["Namespace"], "{id}");
        let name = text(&alarm["MetricName"]);
        assert!(written["Metrics"].as_array().unwrap().iter().any(|metric| metric["Name"] == name), "{written}");
        assert_eq!(metric[name], 1, "{id}");
        let [(dimension, value)] = dimensions[..] else { panic!("one dimension of {id}") };
        assert!(written["Dimensions"].as_array().unwrap().contains(&json!([dimension])), "{written}");
        assert_eq!(metric[dimension], value, "{id}");
    }
}

#[test]
fn provision_runs_every_minute_and_is_missed_when_it_does_not() {
    let (id, name) = PROVISION;
    says(
        "ProvisionEveryMinute",
        [("/Target/Arn", json!({ "Ref": format!("{id}Aliaslive") })), ("/ScheduleExpression", json!("rate(1 minute)"))],
    );
    for (alarm, metric, silence) in [
        ("AccountsLate", "oldest_account_due_s", "breaching"),
        ("AccountsStuck", "stuck_accounts", "ignore"),
        ("KeyRefused", "clusters_refusing_the_key", "ignore"),
        ("SweepRefused", "refused_sweeps", "ignore"),
    ] {
        says(alarm, [("/Namespace", json!("BackOffice")), ("/MetricName", json!(metric))]);
        says(alarm, [("/Statistic", json!("Maximum")), ("/TreatMissingData", json!(silence))]);
        assert_eq!(dimensions(alarm), [("function", name)]);
    }
}

#[test]
fn a_payment_that_waits_for_a_person_rings_until_nobodys_does() {
    let at = ["/Namespace", "/MetricName", "/Threshold", "/Statistic", "/TreatMissingData"];
    let expected = [json!("BackOffice"), json!("parked_payments"), json!(0), json!("Maximum"), json!("ignore")];
    for (at, expected) in at.into_iter().zip(expected) {
        says("PaymentsParked", [(at, expected)]);
    }
    assert_eq!(dimensions("PaymentsParked"), [("function", "payments")]);
}

#[test]
fn collect_usage_runs_hourly_and_is_missed_when_it_does_not() {
    let (id, name) = COLLECT_USAGE;
    says(
        "CollectUsageHourly",
        [
            ("/Target/Arn", json!({ "Ref": format!("{id}Aliaslive") })),
            ("/ScheduleExpression", json!("cron(10 * * * ? *)")),
        ],
    );
    for (alarm, metric, threshold, silence) in [
        ("UsageLate", "oldest_hour_due_s", 6 * 3600, "breaching"),
        ("UsageImplausible", "implausible_hours", 0, "ignore"),
        ("UsageUnattributed", "unattributed_namespaces", 0, "ignore"),
    ] {
        says(alarm, [("/Namespace", json!("BackOffice")), ("/MetricName", json!(metric))]);
        says(alarm, [("/Threshold", json!(threshold)), ("/Statistic", json!("Maximum"))]);
        says(alarm, [("/TreatMissingData", json!(silence))]);
        assert_eq!(dimensions(alarm), [("function", name)]);
    }
}

#[test]
fn publish_runs_every_minute_and_is_missed_when_it_does_not() {
    let (id, name) = PUBLISH;
    says(
        "PublishEveryMinute",
        [("/Target/Arn", json!({ "Ref": format!("{id}Aliaslive") })), ("/ScheduleExpression", json!("rate(1 minute)"))],
    );
    for (alarm, metric, threshold, silence) in
        [("EventsLate", "oldest_unpublished_s", 300, "breaching"), ("EventsParked", "parked_events", 0, "ignore")]
    {
        says(alarm, [("/Namespace", json!("BackOffice")), ("/MetricName", json!(metric))]);
        says(alarm, [("/Threshold", json!(threshold)), ("/Statistic", json!("Maximum"))]);
        says(alarm, [("/TreatMissingData", json!(silence))]);
        assert_eq!(dimensions(alarm), [("function", name)]);
    }
}

#[test]
fn what_a_rule_cannot_deliver_is_kept_and_rings_and_the_bus_keeps_events_for_seven_days() {
    let rules: Vec<_> = of_type("AWS::Events::Rule").collect();
    assert!(!rules.is_empty());
    let queue = json!({ "Fn::GetAtt": ["UndeliveredEvents", "Arn"] });
    for (id, rule) in rules {
        assert_eq!(rule["EventBusName"], json!({ "Ref": "EventBus" }), "{id}");
        for target in rule["Targets"].as_array().unwrap() {
            assert_eq!(target["DeadLetterConfig"], json!({ "Arn": queue }), "{id}");
        }
    }
    let opened = properties("UndeliveredEventsPolicy")["PolicyDocument"]["Statement"][0]["Condition"].to_string();
    assert!(opened.contains("FullClusters"), "{opened}");
    says("EventsUndelivered", [("/Dimensions/0/Value", json!({ "Fn::GetAtt": ["UndeliveredEvents", "QueueName"] }))]);
    says("EventArchive", [("/RetentionDays", json!(7)), ("/SourceArn", json!({ "Fn::GetAtt": ["EventBus", "Arn"] }))]);
}

/// Its own policy takes the place of the default one.
#[test]
fn alarms_and_the_rule_may_publish_to_the_alarm_topic_and_nobody_else() {
    let statements = properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"].as_array().unwrap();
    let who: Vec<&str> = statements.iter().map(|statement| text(&statement["Principal"]["Service"])).collect();
    assert_eq!(who, ["cloudwatch.amazonaws.com", "events.amazonaws.com"]);
    assert!(statements.iter().all(|statement| !statement["Condition"].is_null()));
}

#[test]
fn upkeep_runs_daily_and_is_missed_when_it_does_not_come_to_its_end() {
    let (id, name) = UPKEEP;
    says("UpkeepDaily", [("/Target/Arn", json!({ "Ref": format!("{id}Aliaslive") }))]);
    let retries = properties("UpkeepDaily")["Target"]["RetryPolicy"]["MaximumRetryAttempts"].as_u64();
    assert!(retries.is_some_and(|retries| retries > 0));
    let topic = json!({ "Ref": "AlarmTopic" });
    says("UpkeepEventInvokeConfig", [("/DestinationConfig/OnFailure/Destination", topic)]);
    for (alarm, statistic, silence) in
        [("InvariantViolations", "Maximum", "ignore"), ("UpkeepMissing", "SampleCount", "breaching")]
    {
        says(alarm, [("/Namespace", json!("BackOffice")), ("/MetricName", json!("invariant_violations"))]);
        says(alarm, [("/Statistic", json!(statistic)), ("/TreatMissingData", json!(silence))]);
        assert_eq!(dimensions(alarm), [("function", name)]);
    }
    // A run a day, so an alarm within the next hours and never between two runs.
    let [period, periods] =
        ["Period", "EvaluationPeriods"].map(|field| properties("UpkeepMissing")[field].as_u64().unwrap());
    assert!((25..=30).contains(&(period * periods / 3600)), "{period} s, {periods} times");
}
