//! Each function may do exactly what it must, and nothing may be done to everything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::translated::{Template, UPKEEP, all_functions, template};

/// The statements of a role, with those of the policies that are attached to it.
fn statements(template: &Template, role: &str) -> Vec<Value> {
    let own = template.properties(role)["Policies"].as_array().cloned().unwrap_or_default();
    let attached = ["AWS::IAM::RolePolicy", "AWS::IAM::Policy"].into_iter().flat_map(|kind| template.of_type(kind));
    let attached = attached.filter(|(_, policy)| policy.to_string().contains(&format!("{{\"Ref\":\"{role}\"}}")));
    let documents = own.iter().chain(attached.map(|(_, policy)| policy)).map(|policy| &policy["PolicyDocument"]);
    documents.flat_map(|document| document["Statement"].as_array().unwrap().clone()).collect()
}

#[tokio::test]
async fn each_function_has_a_role_of_its_own_that_reads_the_secret_and_writes_its_log() {
    let template = template().await;
    let mut roles = BTreeSet::new();
    for (id, _) in all_functions() {
        let role = template.properties(id)["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        assert!(roles.insert(role), "{role} has two functions");
        let mut expected = vec![
            json!({ "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": { "Ref": "AppSecretArn" } }),
            json!({
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": { "Fn::GetAtt": [format!("{id}Log"), "Arn"] },
            }),
        ];
        if id == UPKEEP.0 {
            expected.push(json!({ "Effect": "Allow", "Action": "sns:Publish", "Resource": { "Ref": "AlarmTopic" } }));
        }
        assert_eq!(statements(template, role), expected, "{role}");
        assert_eq!(template.properties(role)["ManagedPolicyArns"], Value::Null, "{role}");
        let trusted = &template.properties(role)["AssumeRolePolicyDocument"]["Statement"];
        let lambda = json!([{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]);
        assert_eq!(*trusted, lambda, "{role}");
    }
}

/// Beside the functions' roles there are the schedule's, and the one by which releases are shifted, whose policy
/// AWS keeps.
#[tokio::test]
async fn there_are_no_other_roles_than_those_of_functions_schedule_and_releases() {
    let template = template().await;
    let known: BTreeSet<String> = all_functions()
        .map(|(id, _)| format!("{id}Role"))
        .chain(["UpkeepDailyRole", "CodeDeployServiceRole"].map(str::to_owned))
        .collect();
    let found: BTreeSet<String> = template.of_type("AWS::IAM::Role").map(|(id, _)| id.to_owned()).collect();
    assert_eq!(found, known);
    let schedule = statements(template, "UpkeepDailyRole");
    let expected =
        json!({ "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": { "Ref": "UpkeepAliaslive" } });
    assert_eq!(schedule, [expected]);
    let releases = template.properties("CodeDeployServiceRole");
    assert_eq!(releases["Policies"], Value::Null);
    let policy = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda";
    assert_eq!(releases["ManagedPolicyArns"], json!([policy]));
}

#[tokio::test]
async fn no_statement_names_every_action_or_every_resource() {
    let template = template().await;
    let mut checked = 0;
    for (role, _) in template.of_type("AWS::IAM::Role") {
        for statement in statements(template, role) {
            // Also inside of what CloudFormation puts together.
            let named = format!("{} {}", statement["Action"], statement["Resource"]);
            assert!(!named.contains('*'), "{role}: {named}");
            assert_eq!(statement["NotAction"], Value::Null, "{role}");
            assert_eq!(statement["NotResource"], Value::Null, "{role}");
            checked += 1;
        }
    }
    assert!(checked >= 2 * all_functions().count(), "{checked}");
}
