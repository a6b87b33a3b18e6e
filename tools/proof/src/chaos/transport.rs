//! One attempt of a request: what comes back, or that nothing did.

use anyhow::Result;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use testkit::{TestRequest, TestResponse};

/// The header in which the gateway says that an answer is its own, and why.
pub const GATEWAY_SAYS: &str = "x-gateway-says";
/// The gateway's request id, as AWS answers it, whoever made the answer.
pub const GATEWAY_REQUEST_ID: &str = "apigw-requestid";
/// After this a client hangs up. Functions have 15 s; whoever is not answered by now never is.
const CLIENT_GIVES_UP: Duration = Duration::from_secs(20);

/// How an attempt ended.
#[derive(Debug)]
pub enum Outcome {
    /// The function has answered.
    Answered(TestResponse),
    /// Nobody knows whether it was done: the function was lost on the way. The request's id, where one was told.
    Lost { request_id: Option<String> },
    /// Nothing came back, though nobody was lost.
    Hung { why: String, request_id: Option<String> },
}

/// The way to the functions.
pub trait Transport: Send + Sync + 'static {
    fn attempt(&self, function: &'static str, ask: TestRequest) -> impl Future<Output = Outcome> + Send;
}

/// Real requests to a gateway.
pub struct Http {
    client: reqwest::Client,
    url: String,
}

impl Http {
    /// # Errors
    /// When there can be no client.
    pub fn to(url: String) -> Result<Self> {
        let client = reqwest::Client::builder().timeout(CLIENT_GIVES_UP).build();
        Ok(Self { client: client?, url })
    }

    async fn send(&self, ask: TestRequest) -> Result<TestResponse, reqwest::Error> {
        let mut request = self.client.request(ask.method().clone(), format!("{}{}", self.url, ask.path()));
        for (name, value) in ask.headers() {
            request = request.header(name, value);
        }
        let response = request.body(ask.body().to_vec()).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await?).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(TestResponse { status, headers, json, text })
    }
}

impl Transport for Http {
    async fn attempt(&self, _function: &'static str, ask: TestRequest) -> Outcome {
        let started = Instant::now();
        match self.send(ask).await {
            Ok(answer) => {
                let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
                let (says, request_id) = (header(GATEWAY_SAYS), header(GATEWAY_REQUEST_ID).map(str::to_owned));
                match says {
                    None => Outcome::Answered(answer),
                    Some("killed") => Outcome::Lost { request_id },
                    Some(why) => Outcome::Hung { why: why.to_owned(), request_id },
                }
            }
            Err(error) => {
                let why = format!("{error} (after {} ms)", started.elapsed().as_millis());
                Outcome::Hung { why, request_id: None }
            }
        }
    }
}
