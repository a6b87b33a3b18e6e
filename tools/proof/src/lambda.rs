//! Lambda on this machine: one instance is one process of a function, which takes from its runtime API one request
//! after the other. AWS's own emulator (`make test-release`) starts functions too slowly to time them, and does
//! not let them be killed in the middle of a request.

mod runtime_api;

use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use self::runtime_api::RuntimeApi;
use ops::{environment::emulator_credentials, schema};
use testkit::{
    World, environment,
    process::{Process, Signal, peak_resident_kib},
};

/// As `template.yaml` has it for requests.
const TIME_OUT: Duration = Duration::from_secs(15);
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How a function's process is started, again and again.
#[derive(Clone, Debug)]
pub struct Program {
    name: &'static str,
    words: Vec<PathBuf>,
    environment: Vec<(&'static str, String)>,
}

impl Program {
    /// A program and its arguments.
    pub fn new(name: &'static str, words: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { name, words: words.into_iter().collect(), environment: Vec::new() }
    }

    /// A function as `make test-release` and `make bench` have built it.
    pub fn released(function: &'static str) -> Self {
        Self::new(function, [schema::checkout().join("target/lambda").join(function).join("unpacked/bootstrap")])
    }

    /// Another program runs it, such as an instrument.
    pub fn under(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.words.splice(0..0, words.into_iter().map(PathBuf::from));
        self
    }

    pub fn with(mut self, environment: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.environment.extend(environment);
        self
    }

    /// Gives it the settings of a world, whose database it reaches through `port`.
    pub async fn in_world(self, world: &World, port: u16) -> Self {
        let id = world.put_secret(&world.secret(port)).await;
        self.with(environment(world.config(&id)))
    }

    fn command(&self, runtime_api: u16) -> Result<Command> {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().context("a program has a name")?);
        command.args(words).env_clear().envs(emulator_credentials());
        command.envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{runtime_api}")),
            ("AWS_LAMBDA_FUNCTION_NAME", self.name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "local".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local".to_owned()),
        ]);
        command.envs(self.environment.iter().cloned());
        Ok(command)
    }
}

/// A running process of a function. Dropping it kills it.
pub struct Instance {
    api: RuntimeApi,
    process: Process,
}

impl Instance {
    /// Starts a process; its log goes to `home`. The first request may be sent at once: it is answered when the
    /// process has started.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn start(program: &Program, home: &Path) -> Result<Self> {
        let api = RuntimeApi::start().await?;
        let process = Process::spawn(program.name, home, program.command(api.port())?)?;
        Ok(Self { api, process })
    }

    /// What the function returns for an event.
    ///
    /// # Errors
    /// When it reports an error, is killed, or has not answered in Lambda's time.
    pub async fn invoke(&self, event: &Value) -> Result<Value> {
        let returned = self.api.invoke(event.to_string(), TIME_OUT).await?;
        serde_json::from_slice(&returned).context("reading an answer")
    }

    /// The most memory that the process has held so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_resident_kib(&self) -> Result<u64> {
        peak_resident_kib(self.process.id())
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.process.stop(Signal::SIGTERM, STOP_GRACE).await;
    }
}
