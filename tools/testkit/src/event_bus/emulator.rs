//! What is asked of the emulator besides: a bus with a queue behind it, and what has arrived there.

use anyhow::{Context, Result, ensure};
use axum::http::{
    HeaderMap,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};

/// All events; who tells is in each.
const PATTERN: &str = r#"{"source":[{"prefix":""}]}"#;
/// As the emulator names whoever asks.
const ACCOUNT: &str = "123456789012";

/// EventBridge and SQS, as far as tests need them: the SDK of SQS would be compiled for this alone.
#[derive(Clone)]
pub struct Emulator {
    url: String,
    http: reqwest::Client,
}

impl Emulator {
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned(), http: reqwest::Client::new() }
    }

    /// Makes a bus, and a queue that gets all its events; the queue's address. Again, it changes nothing.
    pub async fn make_bus(&self, name: &str) -> Result<String> {
        let known = self.call("events", "AWSEvents.DescribeEventBus", &json!({ "Name": name })).await;
        if known.is_err() {
            self.call("events", "AWSEvents.CreateEventBus", &json!({ "Name": name })).await?;
        }
        let queue = self.call("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": name })).await?;
        let rule = json!({ "Name": name, "EventBusName": name, "EventPattern": PATTERN });
        self.call("events", "AWSEvents.PutRule", &rule).await?;
        let target = json!({
            "Id": "queue",
            "Arn": format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"),
            // The event as it is. Without this, the emulator looks for each of its members by a path, which takes longer.
            "InputTransformer": { "InputPathsMap": { "id": "$.id" }, "InputTemplate": "<aws.events.event.json>" },
        });
        let targets = json!({ "Rule": name, "EventBusName": name, "Targets": [target] });
        self.call("events", "AWSEvents.PutTargets", &targets).await?;
        Ok(queue["QueueUrl"].as_str().context("a queue has an address")?.to_owned())
    }

    /// Takes everything out of a queue.
    pub async fn receive(&self, queue_url: &str) -> Result<Vec<Value>> {
        let mut events = Vec::new();
        loop {
            let ask = json!({ "QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0 });
            let answer = self.call("sqs", "AmazonSQS.ReceiveMessage", &ask).await?;
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return Ok(events);
            }
            for message in messages {
                events.push(serde_json::from_str(message["Body"].as_str().context("a message has a body")?)?);
                let taken = json!({ "QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"] });
                self.call("sqs", "AmazonSQS.DeleteMessage", &taken).await?;
            }
        }
    }

    /// Sends what a client has sent, with another body: the emulator checks no signature.
    pub async fn forward(&self, headers: &HeaderMap, body: &Value) -> Result<Value> {
        let mut request = self.http.post(&self.url).body(body.to_string());
        for (name, value) in headers {
            if ["authorization", "content-type", "x-amz-target", "x-amz-date"].contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        answer(request).await
    }

    async fn call(&self, service: &str, target: &str, body: &Value) -> Result<Value> {
        let credential = format!("AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request");
        let request = self
            .http
            .post(&self.url)
            .header(AUTHORIZATION, format!("{credential}, SignedHeaders=host, Signature=none"))
            .header(
                CONTENT_TYPE,
                if service == "sqs" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" },
            )
            .header("x-amz-target", target)
            .body(body.to_string());
        answer(request).await.with_context(|| format!("asking the emulator for {target}"))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{status}: {text}");
    if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
}
