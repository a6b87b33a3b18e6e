//! How users get their accounts on a Hopsworks cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{line::is_line, time::AnsweredTime, whole::Whole},
    http::body::{double_option, not_null},
};

type Projects = Whole<0, 1000>;

/// How accounts are made on a cluster. They are if it also has an API key.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Provisioning {
    pub provisions: bool,
    /// The id under which the cluster knows the identity provider.
    pub oauth_client_id: String,
    /// The root that its certificate ends in; `null`: a public one.
    pub tls_ca_pem: Option<String>,
    /// A user's limit of projects is raised and never lowered.
    pub raise_only: bool,
    /// How many projects the owner of an account may create there.
    pub owner_projects: u32,
    pub member_projects: u32,
    /// An owner whose credit is used up.
    pub projects_without_credit: u32,
    /// What is wrong with the cluster as a whole, so that no account there can be looked after.
    pub failure: Option<ClusterFailure>,
    /// What was found when all its users were looked at, which happens daily; `null` before the first time.
    pub sweep: Option<Sweep>,
}

/// A look at all users of a cluster.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Sweep {
    pub at: AnsweredTime,
    /// Those whom the identity provider knows.
    pub users: u32,
    /// Accounts that were not as they should be.
    pub differing: u32,
    /// Nothing was done about those, because they were more than a tenth or the cluster had no users.
    pub refused: bool,
    /// Active users who never had a seat there.
    pub strangers: u32,
    /// A hundred of them at most.
    pub stranger_examples: Vec<Stranger>,
}

/// A user of a cluster whom we do not know.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stranger {
    pub hopsworks_user_id: i64,
    pub hopsworks_username: String,
    pub email: String,
}

/// Why a cluster cannot be worked with.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ClusterFailure {
    pub code: String,
    pub detail: Option<String>,
    pub since: AnsweredTime,
}

/// How accounts are to be made. What is left out stays as it is; at first it is as the defaults say.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvisioningChanges {
    /// Default: true.
    #[serde(default, deserialize_with = "not_null")]
    provisions: Option<bool>,
    /// The first time it must be there.
    #[serde(default, deserialize_with = "not_null")]
    oauth_client_id: Option<OauthClientId>,
    /// Default: the public roots.
    #[serde(default, deserialize_with = "double_option", skip_serializing_if = "Option::is_none")]
    tls_ca_pem: Option<Option<CaPem>>,
    /// Default: false. For servers on which deleted projects count for ever.
    #[serde(default, deserialize_with = "not_null")]
    raise_only: Option<bool>,
    /// Default: 5.
    #[serde(default, deserialize_with = "not_null")]
    owner_projects: Option<Projects>,
    /// Default: 0.
    #[serde(default, deserialize_with = "not_null")]
    member_projects: Option<Projects>,
    /// Default: 1.
    #[serde(default, deserialize_with = "not_null")]
    projects_without_credit: Option<Projects>,
}

/// 1 to 255 characters without spaces.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("minLength" = 1, "maxLength" = 255, "pattern" = r"^[^\s\u0000-\u001f\u007f-\u009f]+$"))]
struct OauthClientId(String);

impl TryFrom<String> for OauthClientId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if !is_line(&text, 255) || text.contains(char::is_whitespace) {
            return Err("must be 1 to 255 characters without spaces");
        }
        Ok(Self(text))
    }
}

/// Certificates as PEM, of at most 16384 characters.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("maxLength" = 16384, "pattern" = "-----BEGIN CERTIFICATE-----"))]
pub struct CaPem(String);

impl TryFrom<String> for CaPem {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.chars().count() > 16384 || !text.contains("-----BEGIN CERTIFICATE-----") {
            return Err("must be a certificate as PEM, of at most 16384 characters");
        }
        Ok(Self(text))
    }
}
