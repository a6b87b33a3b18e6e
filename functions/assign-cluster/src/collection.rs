//! How what is used on a Hopsworks cluster is read: from its OpenCost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    App, Result,
    cipher::{Ciphertext, Location},
    domain::{
        money::Quantity,
        time::{AnsweredTime, Hour},
        whole::Whole,
    },
    http::body::{double_option, not_null},
};
use uuid::Uuid;

use crate::{
    api_key::Key,
    api_url::ApiUrl,
    provisioning::{CaPem, ClusterFailure},
};

/// How usage is read. Of the token only that there is one, and under which key it is encrypted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Collection {
    pub collects: bool,
    pub opencost_url: String,
    /// The root that its certificate ends in; `null`: a public one.
    pub tls_ca_pem: Option<String>,
    pub has_token: bool,
    pub encryption_key_id: Option<String>,
    /// The first hour that is read.
    pub collect_from: AnsweredTime,
    /// An hour is read when it has been over for so long.
    pub closed_for_minutes: u32,
    /// The most that the cluster ever has: more in an hour is not believed.
    pub cpu_cores: u32,
    pub gpus: u32,
    /// Namespaces of the cluster itself. No customer pays for them.
    pub system_namespaces: Vec<String>,
    /// What is wrong with its OpenCost as a whole, so that no hour can be read.
    pub failure: Option<ClusterFailure>,
    /// Why the cluster's projects, which say whose a namespace is, could not be listed the last time.
    pub projects_failure: Option<ProjectsFailure>,
    pub projects_seen_at: Option<AnsweredTime>,
    /// Every hour up to this one has been read, or given up.
    pub last_complete_hour: Option<AnsweredTime>,
    /// The last hour that has been read.
    pub last_hour: Option<HourUsed>,
}

/// Why projects could not be listed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProjectsFailure {
    pub code: String,
    pub detail: Option<String>,
}

/// What was used on a cluster in an hour.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct HourUsed {
    pub hour: AnsweredTime,
    /// How many used anything.
    pub namespaces: u32,
    pub cpu_hours: Quantity,
    pub gpu_hours: Quantity,
    pub storage_gb: Quantity,
}

/// How usage is to be read. What is left out stays as it is; at first it is as the defaults say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectionChanges {
    /// Default: true.
    #[serde(default, deserialize_with = "not_null")]
    collects: Option<bool>,
    /// Where OpenCost answers. The first time it must be there.
    #[serde(default, deserialize_with = "not_null")]
    opencost_url: Option<ApiUrl>,
    /// Default: the public roots.
    #[serde(default, deserialize_with = "double_option", skip_serializing_if = "Option::is_none")]
    tls_ca_pem: Option<Option<CaPem>>,
    /// Sent as a bearer token, and to no other server than the one that it was given for. Default: none.
    #[serde(default, deserialize_with = "double_option", skip_serializing)]
    token: Option<Option<Key>>,
    /// The same as it is stored.
    #[serde(skip_deserializing, rename = "token", skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    sealed_token: Option<Option<Ciphertext>>,
    /// The first hour to be read, at most 35 days ago. Default: the present one.
    #[serde(default, deserialize_with = "not_null")]
    collect_from: Option<Hour>,
    /// Default: 120.
    #[serde(default, deserialize_with = "not_null")]
    closed_for_minutes: Option<Whole<0, 10_080>>,
    /// The most that the cluster ever has. The first time it must be there, and `gpus` too.
    #[serde(default, deserialize_with = "not_null")]
    cpu_cores: Option<Whole<1, 999_999>>,
    #[serde(default, deserialize_with = "not_null")]
    gpus: Option<Whole<0, 999_999>>,
    /// Default: `kube-system` and others that a Hopsworks cluster usually has.
    #[serde(default, deserialize_with = "not_null")]
    system_namespaces: Option<SystemNamespaces>,
}

impl CollectionChanges {
    /// The same with the token encrypted, for this cluster.
    pub async fn sealed(mut self, app: &App, cluster: Uuid) -> Result<Self> {
        if let Some(token) = self.token.take() {
            let place = Location { column: "usage_collection.token", row: cluster };
            self.sealed_token = Some(Key::encrypt(token, app, place).await?);
        }
        Ok(self)
    }
}

/// At most 200.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<Namespace>")]
#[schemars(extend("maxItems" = 200))]
struct SystemNamespaces(Vec<Namespace>);

impl TryFrom<Vec<Namespace>> for SystemNamespaces {
    type Error = &'static str;

    fn try_from(names: Vec<Namespace>) -> Result<Self, &'static str> {
        if names.len() <= 200 { Ok(Self(names)) } else { Err("must be 200 at most") }
    }
}

/// The name of a namespace: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at its ends.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"))]
struct Namespace(String);

impl TryFrom<String> for Namespace {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let is_known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_label = (1..=63).contains(&text.len()) && text.bytes().all(is_known);
        if !is_label || text.starts_with('-') || text.ends_with('-') {
            return Err("must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at its ends");
        }
        Ok(Self(text))
    }
}
