//! The functions as they are deployed: settings, logs, and room at the pooler.

use std::{cell::RefCell, collections::BTreeSet, fs};

use contract::openapi;
use ops::schema;
use serde_json::{Value, json};
use shared::config::Config;

use crate::translated::{ANSWERING, all_functions, file, template};

/// What a variable would hold, were the example deployed.
fn example(variable: &Value) -> Option<String> {
    let example = fs::read_to_string(schema::checkout().join("deploy.example.yaml")).unwrap();
    let parameter = variable["Ref"].as_str()?;
    let line = example.lines().find_map(|line| line.strip_prefix(&format!("{parameter}: ")))?;
    Some(line.to_owned())
}

#[tokio::test]
async fn every_function_is_told_what_it_reads_and_nothing_else() {
    for (id, _) in all_functions() {
        let variables = &template().await.properties(id)["Environment"]["Variables"];
        let told: BTreeSet<String> = variables.as_object().unwrap().keys().cloned().collect();
        let asked = RefCell::new(BTreeSet::new());
        let config = Config::from_lookup(|name| {
            asked.borrow_mut().insert(name.to_owned());
            variables.get(name).and_then(example)
        });
        let config = config.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(asked.borrow().is_superset(&told), "{id} never reads {:?}", &told - &*asked.borrow());
        assert!(config.secret_id.starts_with("arn:aws:secretsmanager:"), "{id}");
        assert_eq!(config.secrets_endpoint_url, None, "{id}");
    }
}

#[tokio::test]
async fn the_example_has_the_parameters_without_a_default_and_each_parameter_is_used_and_described() {
    let parameters = template().await.whole["Parameters"].as_object().unwrap();
    let needed: BTreeSet<&str> =
        parameters.iter().filter(|(_, about)| about.get("Default").is_none()).map(|(name, _)| name.as_str()).collect();
    let example = fs::read_to_string(schema::checkout().join("deploy.example.yaml")).unwrap();
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.map(|line| line.split_once(": ").unwrap().0).collect::<BTreeSet<_>>(), needed);
    let written = fs::read_to_string(file()).unwrap();
    let used = |name: &str| {
        written
            .lines()
            .any(|line| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == name) && line.contains("!Ref"))
    };
    for (name, about) in parameters {
        assert!(used(name), "nothing uses {name}");
        assert!(!about["Description"].as_str().unwrap_or_default().is_empty(), "{name} is not described");
    }
}

#[tokio::test]
async fn every_function_with_routes_is_deployed_under_its_own_name() {
    let deployed: BTreeSet<&str> = ANSWERING.iter().map(|(_, name)| *name).collect();
    assert_eq!(deployed, openapi::functions().into_iter().map(|(name, _)| name).collect());
    let template = template().await;
    let ids: BTreeSet<&str> = all_functions().map(|(id, _)| id).collect();
    assert_eq!(template.of_type("AWS::Lambda::Function").map(|(id, _)| id).collect::<BTreeSet<_>>(), ids);
    for (id, name) in all_functions() {
        let function = template.properties(id);
        let build = &template.resource(id)["Metadata"];
        assert_eq!(*build, json!({ "BuildMethod": "rust-cargolambda", "BuildProperties": { "Binary": name } }));
        assert!(function["FunctionName"].as_str().unwrap().ends_with(&format!("-{name}")), "{id}");
        assert_eq!((&function["Runtime"], &function["Architectures"]), (&json!("provided.al2023"), &json!(["arm64"])));
    }
}

#[tokio::test]
async fn every_function_writes_json_into_a_log_that_is_made_with_it_and_ends_some_day() {
    let template = template().await;
    for (id, _) in all_functions() {
        let function = template.properties(id);
        let logging = json!({
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": { "Ref": format!("{id}Log") },
        });
        assert_eq!(function["LoggingConfig"], logging, "{id}");
        let name = function["FunctionName"].as_str().unwrap();
        assert_eq!(template.properties(&format!("{id}Log"))["LogGroupName"], format!("/aws/lambda/{name}"));
    }
    for (id, group) in template.of_type("AWS::Logs::LogGroup") {
        assert!(group["RetentionInDays"].as_u64().is_some_and(|days| days > 0), "{id} is kept for ever");
    }
}

/// The frozen instances of an old version keep their connections for a while, beside the new ones.
#[tokio::test]
async fn old_and_new_instances_together_stay_under_the_poolers_client_cap() {
    let template = template().await;
    let sizes = template.whole["Mappings"]["Concurrency"].as_object().unwrap();
    let caps = template.whole["Parameters"]["PoolerClientCap"]["AllowedValues"].as_array().unwrap();
    assert_eq!(sizes.keys().collect::<Vec<_>>(), caps.iter().map(|cap| cap.as_str().unwrap()).collect::<Vec<_>>());
    for (cap, functions) in sizes {
        let functions = functions.as_object().unwrap();
        let sum: u64 = functions.values().map(|count| count.as_u64().unwrap()).sum();
        assert!(2 * sum < cap.parse().unwrap(), "{cap}: twice {sum}");
        assert_eq!(functions.len(), all_functions().count(), "{cap}");
    }
    let default = template.whole["Parameters"]["PoolerClientCap"]["Default"].as_str().unwrap();
    for (id, _) in all_functions() {
        assert_eq!(template.properties(id)["ReservedConcurrentExecutions"], sizes[default][id], "{id}");
    }
}
