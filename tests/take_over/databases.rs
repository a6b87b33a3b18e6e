//! Databases of somebody else's web app: made as a role that is no superuser, kept as they were, and compared.

use clap::Parser;
use migrations::Sources;
use ops::{
    admin_db::AdminDb,
    schema,
    take_over::{self, Choices},
};
use proof::take_over::{OWNER, PASSWORD, ROLES};
use secrecy::ExposeSecret;
use shared::cipher::{Cipher, EncryptionKeys, Location};
use testkit::World;

/// What an operator may choose.
#[derive(Parser)]
struct Chosen {
    #[command(flatten)]
    choices: Choices,
}

/// A database with tables of somebody else's, and a world around it.
pub struct Foreign {
    pub world: World,
}

impl Foreign {
    /// An empty one, which the web app's owner owns.
    pub async fn new() -> Self {
        let world = World::empty().await;
        world.sql(ROLES).await;
        world.sql(&format!("alter database {} owner to {OWNER}", world.database)).await;
        // A release is not there yet.
        world.sql(&format!("alter schema public owner to {OWNER}; create schema before")).await;
        world.sql(include_str!("checks/before.sql")).await;
        Self { world }
    }

    /// One with what this script makes, and with what the web app's owner had kept in mind of it.
    pub async fn with(script: &str) -> Self {
        let foreign = Self::new().await;
        let mut owner = foreign.owner().await;
        owner.run(script).await.unwrap_or_else(|refusal| panic!("{refusal}"));
        foreign.world.sql("call before.keep('old')").await;
        foreign
    }

    /// A copy as it is now.
    pub async fn copy(&self) -> Self {
        let world = self.world.copy().await;
        world.sql(&format!("alter database {} owner to {OWNER}", world.database)).await;
        Self { world }
    }

    /// Connects as the web app's owner.
    pub async fn owner(&self) -> AdminDb {
        let port = self.world.stack.postgres_port;
        let url = format!("postgres://{OWNER}:{PASSWORD}@127.0.0.1:{port}/{}", self.world.database);
        AdminDb::connect(&url).await.unwrap()
    }

    /// The world's current encryption key.
    pub fn cipher(&self) -> Cipher {
        let secret = self.world.secret(self.world.stack.pgbouncer_port);
        Cipher::new(&EncryptionKeys::from_json(&secret["encryption_keys"]).unwrap()).unwrap()
    }

    /// What `make take-over` says it would do.
    pub async fn inspect(&self) -> Result<String, String> {
        let plan = take_over::inspect(&mut self.owner().await, &sources(), &Choices::default()).await;
        plan.map(|plan| plan.to_string()).map_err(|error| format!("{error:#}"))
    }

    /// `make take-over APPLY=yes` with nothing chosen: what it printed.
    pub async fn take_over(&self) -> Result<String, String> {
        self.take_over_with(&[]).await
    }

    /// With these flags.
    pub async fn take_over_with(&self, flags: &[&str]) -> Result<String, String> {
        let choices = Chosen::parse_from([&["take-over"], flags].concat()).choices;
        for (name, value) in flags.iter().filter_map(|flag| flag[2..].split_once('=')) {
            self.world.sql(&format!("insert into before.choices values ('{name}', '{value}')")).await;
        }
        let cipher = self.cipher();
        let report = take_over::apply(&mut self.owner().await, &sources(), Some(&cipher), &choices).await;
        report.map(|report| report.to_string()).map_err(|error| format!("{error:#}"))
    }

    /// What is there, as a dump would show it: a line for each object, and for each table what its rows are.
    pub async fn fingerprint(&self) -> Vec<String> {
        self.world.all(include_str!("checks/fingerprint.sql")).await
    }

    /// What is not as it should be after a take-over.
    pub async fn findings(&self) -> Vec<String> {
        self.world.sql("call before.keep('new')").await;
        for checks in [
            include_str!("checks/people.sql"),
            include_str!("checks/money.sql"),
            include_str!("checks/chosen.sql"),
            include_str!("checks/findings.sql"),
        ] {
            self.world.sql(checks).await;
        }
        let mut findings =
            self.world.all("select kind || ' ' || coalesce(detail, '') from before.findings limit 40").await;
        findings.extend(self.unreadable_keys().await);
        findings
    }

    /// Keys that do not decrypt to what they were.
    async fn unreadable_keys(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let cipher = self.cipher();
        for column in ["hopsworks_clusters.api_key", "clusters.hopsworks_api_key"] {
            let rows = self.world.all(&format!("select k from before.keys('{column}') k")).await;
            for row in rows {
                let row: serde_json::Value = serde_json::from_str(&row).unwrap();
                let place = Location { column, row: row["id"].as_str().unwrap().parse().unwrap() };
                let read = row["sealed"].as_str().map(|sealed| cipher.decrypt(place, sealed));
                let plain = match read {
                    Some(Ok(plain)) => plain.expose_secret().to_owned(),
                    other => format!("{:?}", other.map(|read| read.err())),
                };
                if row["plain"] != plain.as_str() {
                    wrong.push(format!("{column} is not the old key: {row}, {plain}"));
                }
            }
        }
        wrong
    }
}

/// The files of this checkout.
pub fn sources() -> Sources {
    schema::sources().unwrap()
}
