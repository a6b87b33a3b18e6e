//! The template after all its transforms: plain CloudFormation.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use ops::schema;
use serde_json::Value;
use testkit::programs::{self, Deployment};
use tokio::runtime::Runtime;

/// The logical ids of the functions that answer requests, with the names they have everywhere else.
pub const ANSWERING: [(&str, &str); 7] = [
    ("SyncUser", "sync-user"),
    ("AdminUsers", "admin-users"),
    ("AssignCluster", "assign-cluster"),
    ("Team", "team"),
    ("Credits", "credits"),
    ("Payments", "payments"),
    ("Usage", "usage"),
];
pub const PROVISION: (&str, &str) = ("Provision", "provision");
pub const COLLECT_USAGE: (&str, &str) = ("CollectUsage", "collect-usage");
pub const PUBLISH: (&str, &str) = ("Publish", "publish");
pub const UPKEEP: (&str, &str) = ("Upkeep", "upkeep");

pub fn all_functions() -> impl Iterator<Item = (&'static str, &'static str)> {
    ANSWERING.into_iter().chain([PROVISION, COLLECT_USAGE, PUBLISH, UPKEEP])
}

/// The template of the checkout, as SAM translates it.
pub static TEMPLATE: LazyLock<Value> = LazyLock::new(|| translation(&file()));

/// The same where the console is served.
pub static WITH_CONSOLE: LazyLock<Value> = LazyLock::new(|| {
    let parameter = "  ConsoleDomain:\n    Type: String\n    Default: ";
    changed("with-console", &[(&format!("{parameter}\"\""), &format!("{parameter}console.example.com"))])
});

fn translation(file: &Path) -> Value {
    let mut translate = Command::new(deployment().sam_python);
    translate.arg(schema::checkout().join("tests/template/translate.py")).arg(file);
    let output = translate.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no translation: {said}"))
}

/// The translation of the template with these texts in the place of those, each of which it has.
pub fn changed(name: &str, changes: &[(&str, &str)]) -> Value {
    let change = |text: String, (from, to): &(&str, &str)| {
        assert!(text.contains(from), "the template has no `{from}`");
        text.replace(from, to)
    };
    let text = changes.iter().fold(fs::read_to_string(file()).unwrap(), change);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    fs::write(&file, text).unwrap();
    translation(&file)
}

pub fn resource(id: &str) -> &'static Value {
    let resource = &TEMPLATE["Resources"][id];
    assert!(!resource.is_null(), "{id} is not in the template");
    resource
}

pub fn properties(id: &str) -> &'static Value {
    &resource(id)["Properties"]
}

/// Holds properties to what they must say.
pub fn says<const N: usize>(id: &str, expected: [(&str, Value); N]) {
    for (at, expected) in expected {
        assert_eq!(properties(id).pointer(at).unwrap_or(&Value::Null), &expected, "{id}{at}");
    }
}

/// The ids and properties of all resources of a type.
pub fn of_type(kind: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let resources = TEMPLATE["Resources"].as_object().unwrap().iter();
    let wanted = resources.filter(move |(_, resource)| resource["Type"] == kind);
    wanted.map(|(id, resource)| (id.as_str(), &resource["Properties"]))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub fn file() -> PathBuf {
    schema::checkout().join("template.yaml")
}

pub fn deployment() -> Deployment {
    let deployment = Runtime::new().unwrap().block_on(programs::deployment(&schema::checkout()));
    deployment.expect("the tools can be installed")
}
