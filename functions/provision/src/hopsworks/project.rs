//! Projects as Hopsworks lists them. Members that we do not need are ignored.

use serde::{Deserialize, Serialize};
use shared::domain::time::Time;

/// A project, and who made it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "ListedProject")]
pub struct Project {
    pub id: i64,
    pub name: String,
    /// Where its programs run.
    pub namespace: String,
    pub owner_username: String,
    /// None: the server did not say it in a way that we know.
    pub created: Option<Time>,
}

#[derive(Deserialize)]
struct ListedProject {
    id: i64,
    name: String,
    namespace: Option<String>,
    creator: Creator,
    created: Option<String>,
}

#[derive(Deserialize)]
struct Creator {
    username: String,
}

/// All projects of a cluster.
#[derive(Debug, Deserialize)]
pub struct Projects {
    /// Left out where there are none.
    #[serde(default)]
    pub items: Vec<Project>,
}

impl From<ListedProject> for Project {
    fn from(listed: ListedProject) -> Self {
        let ListedProject { id, name, namespace, creator, created } = listed;
        // Servers before 4.6 do not say it. This is what they make of the name.
        let namespace = namespace.unwrap_or_else(|| name.to_lowercase().replace('_', "-"));
        let created = created.and_then(|created| created.try_into().ok());
        Self { id, name, namespace, owner_username: creator.username, created }
    }
}
