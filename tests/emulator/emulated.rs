//! A binary under the emulator.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use ops::{environment::emulator_credentials, schema};
use serde_json::Value;
use testkit::{
    TestRequest, TestResponse, World, environment, own_folder,
    process::{Claim, Port, Process},
    programs,
};
use uuid::Uuid;

/// A function as Lambda runs it: one environment, one request at a time.
pub struct Emulated {
    url: String,
    client: reqwest::Client,
    process: Process,
    home: PathBuf,
    _claim: Claim,
}

impl Emulated {
    /// Starts it; a call may take `timeout_s`.
    pub async fn start_with_time_out(world: &World, function: &str, timeout_s: u32) -> Self {
        let binary = schema::checkout().join("target/lambda").join(function).join("unpacked/bootstrap");
        let secret_id = world.put_secret(&world.secret(world.stack.pgbouncer_port)).await;
        let [invoke, api] = [0; 2].map(|any| Port::reserve(any).unwrap()).map(Port::release);
        let mut command = Command::new(programs::deployment(&schema::checkout()).await.unwrap().emulator);
        command.arg("--runtime-interface-emulator-address").arg(format!("127.0.0.1:{invoke}"));
        command.arg("--runtime-api-address").arg(format!("127.0.0.1:{api}")).arg(&binary);
        command.env_clear().envs(emulator_credentials());
        command.env("AWS_LAMBDA_FUNCTION_NAME", function).env("AWS_LAMBDA_FUNCTION_TIMEOUT", timeout_s.to_string());
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256").envs(environment(world.config(&secret_id)));
        let (home, claim) = own_folder(&Uuid::new_v4().simple().to_string());
        let process = Process::serve("emulator", &home, command, invoke, Duration::from_secs(10)).await.unwrap();
        let url = format!("http://127.0.0.1:{invoke}/2015-03-31/functions/function/invocations");
        Self { url, client: reqwest::Client::new(), process, home, _claim: claim }
    }

    pub async fn start(world: &World, function: &str) -> Self {
        Self::start_with_time_out(world, function, 15).await
    }

    /// What Lambda gives back, as text.
    pub async fn invoke(&self, event: &Value) -> String {
        let sent = self.client.post(&self.url).body(event.to_string()).send();
        sent.await.unwrap().text().await.unwrap()
    }

    pub async fn send_event(&self, event: &Value) -> TestResponse {
        let returned = self.invoke(event).await;
        TestResponse::from_returned(
            &serde_json::from_str(&returned).unwrap_or_else(|_| panic!("{returned}\n{}", self.log())),
        )
    }

    pub async fn send(&self, request: TestRequest) -> TestResponse {
        self.send_event(&request.into_event()).await
    }

    /// The processes of the function: one, or none while it has been killed.
    pub fn functions(&self) -> Vec<u32> {
        let children = format!("/proc/{0}/task", self.process.id());
        let threads = fs::read_dir(children).unwrap().map(|thread| thread.unwrap().path().join("children"));
        let listed = threads.filter_map(|file| fs::read_to_string(file).ok()).collect::<Vec<_>>().join(" ");
        listed.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("emulator.log")).unwrap_or_default()
    }
}
