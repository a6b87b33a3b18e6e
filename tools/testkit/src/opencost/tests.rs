//! What the stand-in answers, held to what is known of the real server.

mod answers;
mod faults;
mod odd;
mod questions;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Certificate, Client, redirect::Policy};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{OpenCost, Used};

/// Fields and what they say, to the letter.
type Fields = BTreeMap<String, Box<RawValue>>;

#[derive(Deserialize)]
struct Answer {
    code: u16,
    data: Vec<BTreeMap<String, Fields>>,
}

/// A client that trusts the server's authority, as it is now.
struct Caller {
    http: Client,
    base: String,
}

impl Caller {
    fn of(server: &OpenCost) -> Self {
        let authority = Certificate::from_pem(server.ca_pem().as_bytes()).unwrap();
        let http = Client::builder().tls_certs_only([authority]).redirect(Policy::none()).build().unwrap();
        Self { http, base: server.url() }
    }

    async fn send(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http.get(format!("{}{path}", self.base)).send().await
    }

    /// Status, content type and body.
    async fn ask(&self, path: &str) -> (u16, String, String) {
        let answer = self.send(path).await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    }

    /// The body of the answer for an hour, asked as it should be.
    async fn hour(&self, number: i64) -> String {
        let (status, kind, body) = self.ask(&path(number, "")).await;
        assert_eq!((status, kind.as_str()), (200, "application/json"), "{body}");
        body
    }

    /// The steps of a good answer.
    async fn steps(&self, path: &str) -> Vec<BTreeMap<String, Fields>> {
        let (_, _, body) = self.ask(path).await;
        let answer: Answer = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_eq!(answer.code, 200);
        answer.data
    }

    /// The namespaces of an hour.
    async fn namespaces(&self, number: i64) -> BTreeMap<String, Fields> {
        let mut steps = self.steps(&path(number, "")).await;
        assert_eq!(steps.len(), 1);
        steps.remove(0)
    }
}

fn hour(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::hours(number)
}

/// The question for an hour, and more parameters.
fn path(number: i64, more: &str) -> String {
    let moment = |number| hour(number).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let window = format!("{},{}", moment(number), moment(number + 1));
    format!("/allocation/compute?window={window}&aggregate=namespace{more}")
}

fn used(cpu_hours: &str, gpu_hours: &str, pv_byte_hours: &str) -> Used {
    let [cpu_hours, gpu_hours, pv_byte_hours] =
        [cpu_hours, gpu_hours, pv_byte_hours].map(|text| text.parse::<Decimal>().unwrap());
    Used { cpu_hours, gpu_hours, pv_byte_hours }
}

/// What a field says.
fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields[name].get()
}

/// The three amounts of an allocation.
fn amounts(fields: &Fields) -> [&str; 3] {
    ["cpuCoreHours", "gpuHours", "pvByteHours"].map(|name| text(fields, name))
}

async fn started() -> (OpenCost, Caller) {
    let server = OpenCost::start(0).await.unwrap();
    let caller = Caller::of(&server);
    (server, caller)
}
