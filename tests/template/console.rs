//! The console is served if its domain is given: from a bucket that CloudFront alone reads, under the policy that its own
//! tests run under. (SAM's translator on this machine leaves the names of resources in texts.)

use std::fs;

use ops::schema;
use serde_json::{Value, json};

use crate::translated::{TEMPLATE, WITH_CONSOLE, text};

const PARTS: [&str; 5] = ["Console", "ConsoleAccess", "ConsoleFiles", "ConsoleFilesPolicy", "ConsoleHeaders"];

fn part(id: &str, at: &str) -> &'static Value {
    let properties = &WITH_CONSOLE["Resources"][id]["Properties"];
    properties.pointer(at).unwrap_or_else(|| panic!("{id} has no {at}: {properties}"))
}

fn origins(template: &Value) -> &Value {
    &template["Resources"]["Api"]["Properties"]["Body"]["x-amazon-apigateway-cors"]["allowOrigins"]
}

#[test]
fn nothing_of_the_console_is_made_without_its_domain() {
    assert_eq!(TEMPLATE["Parameters"]["ConsoleDomain"]["Default"], "");
    for (template, domain) in [(&*TEMPLATE, ""), (&*WITH_CONSOLE, "console.example.com")] {
        let is_served = json!({ "Fn::Not": [{ "Fn::Equals": [domain, ""] }] });
        assert_eq!(template["Conditions"]["ConsoleIsServed"], is_served);
        let resources = template["Resources"].as_object().unwrap().iter();
        let conditional = resources.filter(|(_, resource)| resource["Condition"] == "ConsoleIsServed");
        assert_eq!(conditional.map(|(id, _)| id.as_str()).collect::<Vec<_>>(), PARTS);
        for output in ["ConsoleBucket", "ConsoleTarget"] {
            assert_eq!(template["Outputs"][output]["Condition"], "ConsoleIsServed");
        }
    }
    assert_eq!(*origins(&TEMPLATE), json!([{ "Ref": "WebAppOrigin" }]));
    assert_eq!(*origins(&WITH_CONSOLE), json!([{ "Ref": "WebAppOrigin" }, "https://console.example.com"]));
}

#[test]
fn its_pages_come_with_the_policy_that_they_are_tested_under() {
    let tested = fs::read_to_string(schema::checkout().join("client/console/csp.txt")).unwrap();
    let wanted = tested.trim().replace("{api}", "${Api.ApiEndpoint}").replace("{issuer}", "${Auth0Issuer}");
    let headers = part("ConsoleHeaders", "/ResponseHeadersPolicyConfig/SecurityHeadersConfig");
    assert_eq!(text(&headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]), wanted);
    for header in headers.as_object().unwrap().values() {
        assert_eq!(header["Override"], true, "{header}");
    }
    let behavior = part("Console", "/DistributionConfig/DefaultCacheBehavior");
    assert_eq!(behavior["ResponseHeadersPolicyId"], json!({ "Ref": "ConsoleHeaders" }));
    assert_eq!(behavior["ViewerProtocolPolicy"], "redirect-to-https");
    assert_eq!(*part("Console", "/DistributionConfig/Aliases"), json!(["console.example.com"]));
}

#[test]
fn nobody_reads_its_files_but_its_distribution() {
    let blocked = part("ConsoleFiles", "/PublicAccessBlockConfiguration").as_object().unwrap();
    assert!(blocked.len() == 4 && blocked.values().all(|is_on| *is_on == true), "{blocked:?}");
    let origin = part("Console", "/DistributionConfig/Origins/0");
    assert_eq!(origin["OriginAccessControlId"], json!({ "Ref": "ConsoleAccess" }));
    let expected = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "cloudfront.amazonaws.com" },
        "Action": "s3:GetObject",
        "Resource": "${ConsoleFiles.Arn}/*",
        "Condition": {
            "StringEquals": { "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/${Console}" }
        },
    }]);
    assert_eq!(*part("ConsoleFilesPolicy", "/PolicyDocument/Statement"), expected);
}
