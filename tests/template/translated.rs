//! The template after all its transforms: plain CloudFormation.

use std::{path::PathBuf, process::Stdio};

use ops::schema;
use serde_json::Value;
use testkit::programs::{self, Deployment};
use tokio::{process::Command, sync::OnceCell};

/// The logical ids of the functions that answer requests, with the names they have everywhere else.
pub const ANSWERING: [(&str, &str); 6] = [
    ("SyncUser", "sync-user"),
    ("AdminUsers", "admin-users"),
    ("AssignCluster", "assign-cluster"),
    ("Team", "team"),
    ("Credits", "credits"),
    ("Usage", "usage"),
];
pub const UPKEEP: (&str, &str) = ("Upkeep", "upkeep");

pub fn all_functions() -> impl Iterator<Item = (&'static str, &'static str)> {
    ANSWERING.into_iter().chain([UPKEEP])
}

/// Plain CloudFormation, as SAM makes it.
pub struct Template {
    pub whole: Value,
}

impl Template {
    pub fn resource(&self, id: &str) -> &Value {
        let resource = &self.whole["Resources"][id];
        assert!(!resource.is_null(), "{id} is not in the template");
        resource
    }

    pub fn properties(&self, id: &str) -> &Value {
        &self.resource(id)["Properties"]
    }

    /// The ids and properties of all resources of a type.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.whole["Resources"].as_object().unwrap();
        let wanted = resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
        wanted.map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }
}

/// The template of the checkout, translated once.
pub async fn template() -> &'static Template {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let tools = deployment().await;
            let mut translate = Command::new(&tools.sam_python);
            translate.arg(schema::checkout().join("tests/template/translate.py")).arg(file());
            let output = translate.stdin(Stdio::null()).output().await.unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            let whole = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no translation: {said}"));
            Template { whole }
        })
        .await
}

pub fn file() -> PathBuf {
    schema::checkout().join("template.yaml")
}

pub async fn deployment() -> Deployment {
    programs::deployment(&schema::checkout()).await.expect("the tools can be installed")
}
