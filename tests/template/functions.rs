//! The functions as they are deployed: settings, logs, and room at the pooler.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
};

use contract::openapi;
use ops::schema;
use serde_json::json;
use shared::config::{Config, Roots};

use crate::translated::{ANSWERING, TEMPLATE, all_functions, file, of_type, properties, resource, says, text};

/// The parameters of the example, with their values.
fn example() -> BTreeMap<String, String> {
    let example = fs::read_to_string(schema::checkout().join("deploy.example.yaml")).unwrap();
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn every_function_is_told_what_it_reads_and_nothing_else() {
    for (id, _) in all_functions() {
        let variables = &properties(id)["Environment"]["Variables"];
        let told: BTreeSet<String> = variables.as_object().unwrap().keys().cloned().collect();
        let asked = RefCell::new(BTreeSet::new());
        let config = Config::from_lookup("release_0", |name| {
            asked.borrow_mut().insert(name.to_owned());
            let parameter = variables[name]["Ref"].as_str()?;
            let default = || Some(TEMPLATE["Parameters"][parameter]["Default"].as_str()?.to_owned());
            example().remove(parameter).or_else(default)
        });
        let config = config.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(asked.borrow().is_superset(&told), "{id} never reads {:?}", &told - &*asked.borrow());
        assert!(config.secret_id.starts_with("arn:aws:secretsmanager:"), "{id}");
        assert_eq!((config.secrets_endpoint_url, config.secrets_roots), (None, Roots::Amazon), "{id}");
    }
}

#[test]
fn the_example_has_the_parameters_without_a_default_and_each_parameter_is_used_and_described() {
    let parameters = TEMPLATE["Parameters"].as_object().unwrap();
    let needed = parameters.iter().filter(|(_, about)| about.get("Default").is_none()).map(|(name, _)| name.clone());
    assert_eq!(example().into_keys().collect::<BTreeSet<_>>(), needed.collect());
    let written = fs::read_to_string(file()).unwrap();
    let references = written.lines().filter(|line| line.contains("!Ref"));
    let used: BTreeSet<&str> = references.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).collect();
    for (name, about) in parameters {
        assert!(used.contains(name.as_str()), "nothing uses {name}");
        assert!(!about["Description"].as_str().unwrap_or_default().is_empty(), "{name} is not described");
    }
}

#[test]
fn every_function_with_routes_is_deployed_under_its_own_name() {
    let deployed: BTreeSet<&str> = ANSWERING.iter().map(|(_, name)| *name).collect();
    assert_eq!(deployed, openapi::functions().into_iter().map(|(name, _)| name).collect());
    let ids: BTreeSet<&str> = all_functions().map(|(id, _)| id).collect();
    assert_eq!(of_type("AWS::Lambda::Function").map(|(id, _)| id).collect::<BTreeSet<_>>(), ids);
    for (id, name) in all_functions() {
        let build = json!({ "BuildMethod": "rust-cargolambda", "BuildProperties": { "Binary": name } });
        assert_eq!(resource(id)["Metadata"], build);
        assert!(text(&properties(id)["FunctionName"]).ends_with(&format!("-{name}")), "{id}");
        says(id, [("/Runtime", json!("provided.al2023")), ("/Architectures", json!(["arm64"]))]);
    }
}

#[test]
fn every_function_writes_json_into_a_log_that_is_made_with_it_and_ends_some_day() {
    for (id, _) in all_functions() {
        let log = format!("{id}Log");
        let logging = json!({
            "LogFormat": "JSON",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "INFO",
            "LogGroup": { "Ref": log },
        });
        says(id, [("/LoggingConfig", logging)]);
        says(&log, [("/LogGroupName", json!(format!("/aws/lambda/{}", text(&properties(id)["FunctionName"]))))]);
    }
    for (id, group) in of_type("AWS::Logs::LogGroup") {
        assert!(group["RetentionInDays"].as_u64().is_some_and(|days| days > 0), "{id} is kept for ever");
    }
}

/// The frozen instances of an old version keep their connections for a while, beside the new ones. And while one
/// function's calls all wait, the other functions' find a connection of the pooler's.
#[test]
fn old_and_new_instances_are_fewer_than_the_poolers_clients_and_each_functions_fewer_than_its_pool() {
    let (sizes, cap) = (&TEMPLATE["Mappings"]["Concurrency"], &TEMPLATE["Parameters"]["PoolerClientCap"]);
    let caps: Vec<&String> = sizes.as_object().unwrap().keys().collect();
    assert_eq!(cap["AllowedValues"], json!(caps));
    for (cap, functions) in sizes.as_object().unwrap() {
        let functions = functions.as_object().unwrap();
        let sum: u64 = functions.values().map(|count| count.as_u64().unwrap()).sum();
        assert!(2 * sum < cap.parse().unwrap(), "{cap}: twice {sum}");
        let pool = TEMPLATE["Mappings"]["Pool"][cap]["Size"].as_u64().unwrap();
        assert!(functions.values().all(|count| count.as_u64().unwrap() < pool), "{cap}: a pool of {pool}");
        assert_eq!(functions.len(), all_functions().count(), "{cap}");
    }
    for (id, _) in all_functions() {
        says(id, [("/ReservedConcurrentExecutions", sizes[text(&cap["Default"])][id].clone())]);
    }
}
