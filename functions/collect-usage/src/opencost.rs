//! What is asked of a cluster's OpenCost: the allocation of one hour by namespace.
//!
//! Versions 1.99 to 1.121 were looked at. Before 1.99, volumes without a running pod have no namespace. No version checks
//! who asks, so there is a gateway before it, or a network.

mod answer;
mod failure;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::{
    StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use shared::https;
use url::Url;

pub use answer::NamespaceHour;
pub use failure::Failure;

const CONNECT: Duration = Duration::from_secs(5);
/// OpenCost computes an hour that nobody has asked for yet.
const ANSWER: Duration = Duration::from_secs(60);
/// Ten thousand namespaces.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Where an OpenCost answers.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    pub tls_ca_pem: Option<String>,
    pub token: Option<SecretString>,
}

/// Asks one OpenCost.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    allocation: Url,
}

impl Client {
    pub fn new(server: &Server) -> Result<Self, Failure> {
        let wrong = |reason: &str| Failure::of_server("opencost_misconfigured", reason);
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        if let Some(token) = &server.token {
            let header = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
            let mut header = header.map_err(|_| wrong("the token is none that a header can hold"))?;
            header.set_sensitive(true);
            headers.insert(AUTHORIZATION, header);
        }
        let http = https::client(server.tls_ca_pem.as_deref())
            .map_err(|error| wrong(&format!("the CA's certificate: {error}")))?
            .default_headers(headers)
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(|error| wrong(&format!("no HTTP client: {error}")))?;
        let allocation = allocation(&server.url);
        let allocation = allocation.ok_or_else(|| wrong("the address is none that begins with https://"))?;
        Ok(Self { http, allocation })
    }

    /// What each namespace used in the hour that begins then.
    pub async fn hour(&self, hour: DateTime<Utc>) -> Result<Vec<NamespaceHour>, Failure> {
        let [start, end] =
            [hour, hour + TimeDelta::hours(1)].map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
        let mut url = self.allocation.clone();
        url.query_pairs_mut().extend_pairs([
            ("window", format!("{start},{end}").as_str()),
            ("aggregate", "namespace"),
            ("includeIdle", "false"),
            ("accumulate", "false"),
            // Up to 1.112. Otherwise a pod may lose five minutes at each end.
            ("resolution", "1m"),
        ]);
        let mut response = self.http.get(url).send().await.map_err(https::no_answer)?;
        let bytes = https::read(&mut response, MOST_BYTES).await?;
        match response.status() {
            StatusCode::OK => answer::read(&bytes, hour),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                Err(Failure::of_server("token_refused", &format!("status {}", status.as_u16())))
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Failure::of_hour("server_error", &format!("status {}", status.as_u16())))
            }
            status => Err(Failure::of_server("not_opencost", &format!("status {}", status.as_u16()))),
        }
    }
}

fn allocation(base: &str) -> Option<Url> {
    let url = Url::parse(base).ok().filter(|url| url.scheme() == "https")?;
    let is_bare = url.username().is_empty() && url.password().is_none();
    let is_whole = url.query().is_none() && url.fragment().is_none();
    let address = format!("{}/allocation/compute", url.as_str().trim_end_matches('/'));
    Url::parse(&address).ok().filter(|_| is_bare && is_whole)
}
