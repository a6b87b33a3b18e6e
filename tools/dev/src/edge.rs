//! API Gateway's part before `cargo lambda watch`, which hands paths over as they were sent: here they arrive as on AWS.

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::Value;
use testkit::{Backend, Gateway, cors::Cors, gateway::Route};

const MANIFEST: &str = include_str!("../../../Cargo.toml");
/// Where Lambda's own API is, for events that no request makes.
const LAMBDA: &str = "/2015-03-31/";

/// The functions behind `cargo lambda watch`.
pub struct Functions {
    url: String,
    client: Client,
}

/// Listens on `port` for those who serve on `inner_port`. Browsers may call from the web app at this origin.
pub async fn start(port: u16, inner_port: u16, web_app: &str) -> Result<Gateway<Functions>> {
    let functions = Functions { url: format!("http://127.0.0.1:{inner_port}"), client: Client::new() };
    Gateway::start(port, routes(), functions, Some(Cors::deployed(web_app.to_owned()))).await
}

/// Those that `cargo lambda watch` would take requests by.
fn routes() -> Vec<Route> {
    let table = MANIFEST.split_once("[workspace.metadata.lambda.watch.router]\n").unwrap_or_default().1;
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let pairs = lines.filter_map(|line| line.split_once(" = "));
    pairs.map(|(path, function)| (path.trim_matches('"'), function.trim_matches('"'))).collect()
}

impl Functions {
    async fn post(&self, path: &str, body: Vec<u8>) -> Result<(u16, String)> {
        let answer =
            self.client.post(format!("{}{path}", self.url)).body(body).send().await.context("calling a function")?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}

impl Backend for Functions {
    async fn invoke(&self, function: &'static str, event: Value) -> Result<Value> {
        let path = format!("{LAMBDA}functions/{function}/invocations");
        let (status, text) = self.post(&path, event.to_string().into_bytes()).await?;
        ensure!(status == 200, "{function}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    async fn elsewhere(&self, path: &str, body: Vec<u8>) -> (u16, String) {
        if !path.starts_with(LAMBDA) {
            return testkit::gateway::not_found();
        }
        self.post(path, body).await.unwrap_or_else(|error| (502, format!("{error:#}")))
    }
}
