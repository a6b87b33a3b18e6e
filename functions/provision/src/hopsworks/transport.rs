//! A request and its answer, or whose fault it is that there is none.

use std::time::Duration;

use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use shared::https;
use url::Url;

use super::{
    cluster::{Cluster, Limits},
    failure::Failure,
};

const JSON: &str = "application/json";
/// A page of users is a tenth of it.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// A list without pages: some thirty thousand projects.
const MOST_BYTES_OF_A_LIST: usize = 16 * 1024 * 1024;
/// The server puts it together one by one.
const LIST_MAY_TAKE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE_S: u32 = 3600;

/// The key was not good enough for what was asked: of the wrong role, or without the scope.
const LACKING: [i64; 2] = [320_003, 320_004];
/// Hopsworks' word for a page that it does not have.
const NO_SUCH_PAGE: i64 = 120_004;

#[derive(Debug)]
pub struct Transport {
    http: reqwest::Client,
    /// Without a slash at its end.
    base: String,
    key: SecretString,
}

/// What the cluster answered to something that it did.
pub struct Body(Vec<u8>);

/// Why the cluster did not do something, in its own words.
pub struct Refusal {
    pub status: StatusCode,
    code: i64,
    detail: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    error_code: i64,
    error_msg: Option<String>,
}

impl Transport {
    pub fn new(cluster: &Cluster, limits: Limits) -> Result<Self, Failure> {
        let wrong = |reason: &str| Failure::cluster("cluster_misconfigured", reason);
        let base = base(&cluster.api_url).ok_or_else(|| wrong("the address is none that begins with https://"))?;
        let key = &cluster.api_key;
        let header = HeaderValue::from_str(&format!("ApiKey {}", key.expose_secret())).ok();
        let header = header.filter(|_| !key.expose_secret().is_empty());
        let mut header = header.ok_or_else(|| wrong("the API key is none that a header can hold"))?;
        header.set_sensitive(true);
        let http = https::client(cluster.tls_ca_pem.as_deref())
            .map_err(|error| wrong(&format!("the CA's certificate: {error}")))?
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, header), (ACCEPT, HeaderValue::from_static(JSON))]))
            .connect_timeout(limits.connect)
            .timeout(limits.request)
            .build()
            .map_err(|error| wrong(&format!("no HTTP client: {error}")))?;
        Ok(Self { http, base, key: key.clone() })
    }

    /// Asks once. A refusal is Hopsworks' own, and about what was asked.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Result<Body, Refusal>, Failure> {
        let mut request = self.request(method, path, query)?;
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, JSON).body(body.to_string());
        }
        self.answer(request, MOST_BYTES).await
    }

    /// Asks for a list that has no pages.
    pub async fn whole_list(&self, path: &str, query: &[(&str, &str)]) -> Result<Result<Body, Refusal>, Failure> {
        let request = self.request(Method::GET, path, query)?.timeout(LIST_MAY_TAKE);
        self.answer(request, MOST_BYTES_OF_A_LIST).await
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder, Failure> {
        let mut url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|error| Failure::cluster("cluster_misconfigured", &format!("the address: {error}")))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(self.http.request(method, url))
    }

    async fn answer(&self, request: RequestBuilder, most_bytes: usize) -> Result<Result<Body, Refusal>, Failure> {
        let mut response = request.send().await.map_err(https::no_answer)?;
        let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = https::read(&mut response, most_bytes).await?;
        self.judge(response.status(), pause, bytes)
    }

    fn judge(&self, status: StatusCode, pause: Option<u32>, bytes: Vec<u8>) -> Result<Result<Body, Refusal>, Failure> {
        if status.is_success() {
            return Ok(Ok(Body(bytes)));
        }
        let error: Option<ErrorBody> = serde_json::from_slice(&bytes).ok();
        let detail = match &error {
            // Whoever repeats our request in an answer must not have the key written into a log.
            Some(ErrorBody { error_code, error_msg }) => {
                let said = error_msg.as_deref().unwrap_or_default().replace(self.key.expose_secret(), "…");
                format!("status {}, code {error_code}: {said}", status.as_u16())
            }
            None => format!("status {}, without a code", status.as_u16()),
        };
        let later = |code| Failure::later_by(code, &detail, pause.map(|pause| pause.min(LONGEST_PAUSE_S)));
        match (status.as_u16(), error) {
            (429, _) => Err(later("too_many_requests")),
            (500.., _) => Err(later("server_error")),
            (401 | 403, Some(error)) if LACKING.contains(&error.error_code) => {
                Err(Failure::cluster("key_lacks_scope", &detail))
            }
            (401 | 403, _) => Err(Failure::cluster("key_refused", &detail)),
            (400.., Some(error)) if error.error_code != NO_SUCH_PAGE => {
                Ok(Err(Refusal { status, code: error.error_code, detail }))
            }
            // A page that is not there is not a user who is not there.
            _ => Err(Failure::cluster("not_hopsworks", &detail)),
        }
    }
}

impl Body {
    /// Whatever else may answer 200, such as the login page of a proxy, does not answer this.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let other = |error| Failure::cluster("not_hopsworks", &format!("the answer: {error}"));
        serde_json::from_slice(&self.0).map_err(other)
    }
}

impl From<Refusal> for Failure {
    fn from(Refusal { code, detail, .. }: Refusal) -> Self {
        match code {
            160_037 => Self::person("email_refused", &detail),
            160_055 => Self::person("name_refused", &detail),
            _ => Self::person(format!("refused_{code}"), &detail),
        }
    }
}

/// What every call begins with.
fn base(api_url: &str) -> Option<String> {
    let url = Url::parse(api_url).ok().filter(|url| url.scheme() == "https")?;
    let is_bare = url.username().is_empty() && url.password().is_none();
    let is_whole = url.query().is_none() && url.fragment().is_none();
    (is_bare && is_whole).then(|| format!("{}/hopsworks-api/api", url.as_str().trim_end_matches('/')))
}
