//! Who does the same job: our function now and at an earlier revision, the same in Node, and ours over TLS.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use serde_json::json;

use super::{
    figure::Figure,
    jobs::{HELLO, Job},
    setup::{Setup, Version},
};
use crate::{
    baseline::{Baseline, WAYS},
    lambda::Program,
};
use ops::schema::checkout;
use testkit::{
    environment,
    process::{Claim, Port},
    stack::{Stack, pgbouncer::PgBouncer},
};

/// What is measured only when it is asked for, as the page calls it.
pub const WHEN_ASKED_FOR: [&str; 4] = ["before", "Node, usual", "Node, best", "over TLS"];

/// What a run measures on and beside.
pub struct Bench<'a> {
    pub stack: &'a mut Stack,
    /// Ours, and the one before if it is asked for.
    pub versions: Vec<Version>,
    pub node: Option<Baseline>,
    pub tls: Option<Tls>,
    /// What sections have made, and what must be sound in their end.
    pub made: Vec<Arc<Setup>>,
}

/// A pooler that speaks TLS. The other one must not: whoever can would.
pub struct Tls {
    certificate: String,
    port: u16,
    _pooler: PgBouncer,
    _claim: Claim,
}

impl Tls {
    pub async fn start(stack: &Stack) -> Result<Self> {
        // It goes with the stack's own folder.
        let mut home = stack.home.clone().into_os_string();
        home.push("-tls");
        let home = PathBuf::from(home);
        let (claim, port) = (Claim::of(&home)?, Port::reserve(0)?.release());
        let mut pooler = PgBouncer::start(&stack.tools, &home, port, stack.address.postgres_port).await?;
        let certificate = pooler.offer_tls().await?;
        pooler.restart().await?;
        Ok(Self { certificate, port, _pooler: pooler, _claim: claim })
    }
}

/// A program of a job, ready to be started, and the world that its requests come from.
pub struct Contender {
    /// As the page calls it.
    pub name: String,
    pub setup: Arc<Setup>,
    pub job: Job,
    pub program: Program,
}

impl Bench<'_> {
    /// A world of each version with users in it: what one section has written must not slow the next one down.
    pub async fn setups(&mut self) -> Vec<Arc<Setup>> {
        let mut setups = Vec::new();
        for version in &self.versions {
            setups.push(Arc::new(Setup::with_users(self.stack, version).await));
        }
        self.made.extend_from_slice(&setups);
        setups
    }

    /// Of all versions, ours first. `port` is where ours finds its database.
    pub async fn contenders(&self, setups: &[Arc<Setup>], job: Job, port: u16) -> Result<Vec<Contender>> {
        let ours = &setups[0];
        let contender = |name: &str, setup: &Arc<Setup>, program| Contender {
            name: name.to_owned(),
            setup: Arc::clone(setup),
            job,
            program,
        };
        let mut contenders = vec![contender("now", ours, ours.program(job.function, port).await)];
        let is_near = port == ours.port;
        for before in setups[1..].iter().filter(|_| is_near) {
            contenders.push(contender(&before.version.name, before, before.program(job.function, before.port).await));
        }
        if let Some(node) = self.node.as_ref().filter(|_| job.is_in_node()) {
            for way in WAYS {
                let program = node.program(way, job.function, &ours.world, port).await;
                contenders.push(contender(&format!("Node, {way}"), ours, program));
            }
        }
        if let Some(tls) = self.tls.as_ref().filter(|_| is_near) {
            let mut secret = ours.world.secret(tls.port);
            secret["database_ca_pem"] = json!(tls.certificate);
            let config = ours.world.config(&ours.world.put_secret(&secret).await);
            let program = Program::released(job.function).with(environment(config));
            contenders.push(contender("over TLS", ours, program));
        }
        Ok(contenders)
    }
}

/// The least that a function can be, on the same runtime.
pub fn hello(setup: &Arc<Setup>) -> Contender {
    let program = Program::new(HELLO.function, [checkout().join("target/release/examples/hello")]);
    Contender { name: HELLO.what.to_owned(), setup: Arc::clone(setup), job: HELLO, program }
}

/// A figure beside the same of the other contenders.
pub fn beside_others(figure: Figure, contenders: &[Contender], values: &[u64]) -> Figure {
    contenders
        .iter()
        .zip(values)
        .skip(1)
        .fold(figure, |figure, (contender, value)| figure.beside(contender.name.clone(), *value))
}
