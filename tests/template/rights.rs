//! Each function may do exactly what it must, and nothing may be done to everything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::translated::{PUBLISH, UPKEEP, all_functions, of_type, properties, says, text};

/// The statements of a role, with those of the policies that are attached to it.
fn statements(role: &str) -> Vec<Value> {
    let own = properties(role)["Policies"].as_array().into_iter().flatten();
    let attached = ["AWS::IAM::RolePolicy", "AWS::IAM::Policy"].into_iter().flat_map(of_type);
    let attached = attached.map(|(_, policy)| policy);
    let attached = attached.filter(|policy| policy.to_string().contains(&format!("{{\"Ref\":\"{role}\"}}")));
    let all = own.chain(attached).map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    all.flatten().cloned().collect()
}

#[test]
fn each_function_has_a_role_of_its_own_that_reads_the_secret_and_writes_its_log() {
    let mut roles = BTreeSet::new();
    let allow = |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    for (id, _) in all_functions() {
        let role = text(&properties(id)["Role"]["Fn::GetAtt"][0]);
        assert!(roles.insert(role), "{role} has two functions");
        let (log, write) = (format!("{id}Log"), json!(["logs:CreateLogStream", "logs:PutLogEvents"]));
        let mut expected = vec![
            allow(json!("secretsmanager:GetSecretValue"), json!({ "Ref": "AppSecretArn" })),
            allow(write, json!({ "Fn::GetAtt": [log, "Arn"] })),
        ];
        if id == UPKEEP.0 {
            expected.push(allow(json!("sns:Publish"), json!({ "Ref": "AlarmTopic" })));
        }
        if id == PUBLISH.0 {
            expected.push(allow(json!("events:PutEvents"), json!({ "Fn::GetAtt": ["EventBus", "Arn"] })));
        }
        assert_eq!(statements(role), expected, "{role}");
        let lambda = json!({ "Service": "lambda.amazonaws.com" });
        let trusted = json!([{ "Effect": "Allow", "Principal": lambda, "Action": "sts:AssumeRole" }]);
        says(role, [("/ManagedPolicyArns", Value::Null), ("/AssumeRolePolicyDocument/Statement", trusted)]);
    }
}

/// Beside the functions' roles there are the schedule's, and the one by which releases are shifted, whose policy
/// AWS keeps.
#[test]
fn there_are_no_other_roles_than_those_of_functions_schedule_and_releases() {
    let known = all_functions().map(|(id, _)| format!("{id}Role"));
    let known = known
        .chain(
            [
                "UpkeepDailyRole",
                "ProvisionEveryMinuteRole",
                "CollectUsageHourlyRole",
                "PublishEveryMinuteRole",
                "CodeDeployServiceRole",
            ]
            .map(str::to_owned),
        )
        .collect();
    assert_eq!(of_type("AWS::IAM::Role").map(|(id, _)| id.to_owned()).collect::<BTreeSet<_>>(), known);
    for (role, alias) in [
        ("UpkeepDailyRole", "UpkeepAliaslive"),
        ("ProvisionEveryMinuteRole", "ProvisionAliaslive"),
        ("CollectUsageHourlyRole", "CollectUsageAliaslive"),
        ("PublishEveryMinuteRole", "PublishAliaslive"),
    ] {
        let invoke = json!({ "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": { "Ref": alias } });
        assert_eq!(statements(role), [invoke]);
    }
    let policy = json!(["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"]);
    says("CodeDeployServiceRole", [("/Policies", Value::Null), ("/ManagedPolicyArns", policy)]);
}

#[test]
fn no_statement_names_every_action_or_every_resource() {
    let all = of_type("AWS::IAM::Role").flat_map(|(role, _)| statements(role));
    let checked = all.inspect(|statement| {
        // Also inside of what CloudFormation puts together.
        let named = format!("{} {}", statement["Action"], statement["Resource"]);
        assert!(!named.contains('*'), "{statement}");
        assert_eq!((&statement["NotAction"], &statement["NotResource"]), (&Value::Null, &Value::Null), "{statement}");
    });
    assert!(checked.count() >= 2 * all_functions().count());
}
