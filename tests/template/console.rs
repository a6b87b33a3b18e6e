//! The console is served if its domain is given: from a bucket that CloudFront alone reads, under the policy that its own
//! tests run under.

use std::fs;

use ops::schema;
use serde_json::{Value, json};

use crate::translated::{TEMPLATE, properties, says, text};

const PARTS: [&str; 5] = ["ConsoleFiles", "ConsoleFilesPolicy", "ConsoleAccess", "ConsoleHeaders", "Console"];

#[test]
fn nothing_of_the_console_is_made_without_its_domain() {
    assert_eq!(TEMPLATE["Parameters"]["ConsoleDomain"]["Default"], "");
    let is_served = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "ConsoleDomain" }, ""] }] });
    assert_eq!(TEMPLATE["Conditions"]["ConsoleIsServed"], is_served);
    let resources = TEMPLATE["Resources"].as_object().unwrap().iter();
    let conditional = resources.filter(|(_, resource)| resource["Condition"] == "ConsoleIsServed");
    let mut conditional: Vec<_> = conditional.map(|(id, _)| id.as_str()).collect();
    conditional.sort_unstable_by_key(|id| PARTS.iter().position(|part| part == id));
    assert_eq!(conditional, PARTS);
    for output in ["ConsoleBucket", "ConsoleTarget"] {
        assert_eq!(TEMPLATE["Outputs"][output]["Condition"], "ConsoleIsServed");
    }
}

#[test]
fn its_pages_come_with_the_policy_that_they_are_tested_under() {
    let tested = fs::read_to_string(schema::checkout().join("client/console/csp.txt")).unwrap();
    let wanted = tested.trim().replace("{api}", "${Api.ApiEndpoint}").replace("{issuer}", "${Auth0Issuer}");
    let headers = properties("ConsoleHeaders").pointer("/ResponseHeadersPolicyConfig/SecurityHeadersConfig").unwrap();
    let policy = &headers["ContentSecurityPolicy"];
    assert_eq!(text(&policy["ContentSecurityPolicy"]["Fn::Sub"]), wanted);
    for header in headers.as_object().unwrap().values() {
        assert_eq!(header["Override"], true, "{header}");
    }
    let behavior = "/DistributionConfig/DefaultCacheBehavior";
    says("Console", [(&format!("{behavior}/ResponseHeadersPolicyId"), json!({ "Ref": "ConsoleHeaders" }))]);
    says("Console", [(&format!("{behavior}/ViewerProtocolPolicy"), json!("redirect-to-https"))]);
}

#[test]
fn nobody_reads_its_files_but_its_distribution() {
    let blocked = &properties("ConsoleFiles")["PublicAccessBlockConfiguration"];
    assert!(blocked.as_object().is_some_and(|all| all.len() == 4 && all.values().all(|is_on| *is_on == true)));
    let statements = properties("ConsoleFilesPolicy")["PolicyDocument"]["Statement"].as_array().unwrap();
    let [statement] = &statements[..] else { panic!("{statements:?}") };
    let distribution = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Console}";
    let expected: Value = json!({
        "Effect": "Allow",
        "Principal": { "Service": "cloudfront.amazonaws.com" },
        "Action": "s3:GetObject",
        "Resource": { "Fn::Sub": "${ConsoleFiles.Arn}/*" },
        "Condition": { "StringEquals": { "AWS:SourceArn": { "Fn::Sub": distribution } } },
    });
    assert_eq!(*statement, expected);
}
