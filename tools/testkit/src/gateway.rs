//! All functions behind one address, as API Gateway puts them there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context, Error, Result, anyhow};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use serde_json::Value;
use shared::app::Routes;

use crate::{
    cors::Cors,
    percent::decoded,
    server::Server,
    world::{
        World,
        function::Function,
        request::{TestRequest, TestResponse},
    },
};

/// The id that the gateway gives a request, in every answer of it.
pub const GATEWAY_REQUEST_ID: &str = "apigw-requestid";
/// Why there is no answer of a function, in the gateway's own.
pub const GATEWAY_ERROR: &str = "x-gateway-error";
/// API Gateway takes no more.
const MAX_BODY_BYTES: usize = 10 << 20;

/// A path with its variable parts in braces, and the function behind it.
pub type Route = (&'static str, &'static str);

/// The routes of these functions.
pub fn routes(functions: impl IntoIterator<Item = (&'static str, Routes)>) -> Vec<Route> {
    let of = |(function, routes): (_, Routes)| {
        let paths: BTreeSet<&str> = routes.operations().iter().map(|operation| operation.path).collect();
        paths.into_iter().map(|path| (path, function)).collect::<Vec<_>>()
    };
    functions.into_iter().flat_map(of).collect()
}

/// What answers behind the gateway.
pub trait Backend: Send + Sync + 'static {
    /// What the function returns for an event. An error is why it returns nothing.
    fn invoke(&self, function: &'static str, event: Value) -> impl Future<Output = Result<Value>> + Send;

    /// Status and body of the answer to a POST where there is no route.
    fn elsewhere(&self, _path: &str, _body: Vec<u8>) -> impl Future<Output = (u16, String)> + Send {
        async { not_found() }
    }
}

/// It stops when dropped.
pub struct Gateway<B> {
    pub backend: Arc<B>,
    server: Server,
}

impl<B: Backend> Gateway<B> {
    /// Hands what comes to `port` (0: any) by these routes to `backend`. Browsers may call it as `cors` says.
    pub async fn start(port: u16, routes: Vec<Route>, backend: B, cors: Option<Cors>) -> Result<Self> {
        let (backend, routes) = (Arc::new(backend), Arc::<[Route]>::from(routes));
        let behind = Arc::clone(&backend);
        let router = Router::new().fallback(move |request| answer(Arc::clone(&behind), Arc::clone(&routes), request));
        let router = match cors {
            Some(cors) => cors.around(router),
            None => router,
        };
        let server = Server::start(port, router).await.context("starting the gateway")?;
        Ok(Self { backend, server })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }
}

async fn answer<B: Backend>(backend: Arc<B>, routes: Arc<[Route]>, request: Request) -> Response {
    let refused = |error: Error| own_answer(400, "Bad Request", &format!("{error:#}"));
    let read = match read(request).await {
        Ok(read) => read,
        Err(error) => return refused(error),
    };
    let path = read.path.split('?').next().unwrap_or_default().to_owned();
    let Some(delivered) = delivered_path(&path) else { return refused(anyhow!("the path cannot be decoded")) };
    let Some(function) = target(&routes, &delivered) else {
        let (status, body) = backend.elsewhere(&path, read.body).await;
        return Response::builder().status(status).body(Body::from(body)).expect("our own answer");
    };
    let event = read.into_event();
    let id = event["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned();
    // In a task of its own: a client that hangs up does not stop a function.
    let returned = tokio::spawn(async move { backend.invoke(function, event).await }).await;
    let answer = returned.map_err(Into::into).flatten().and_then(|returned| response(&returned));
    let mut response = answer.unwrap_or_else(|error| own_answer(500, "Internal Server Error", &format!("{error:#}")));
    response.headers_mut().insert(GATEWAY_REQUEST_ID, id.parse().expect("a UUID"));
    response
}

/// The function of a path: that of the route which names the most of it.
fn target(routes: &[Route], path: &str) -> Option<&'static str> {
    let variables = |route: &str| route.matches('{').count();
    let fits = |route: &str| {
        let parts = route.split('/').zip(path.split('/'));
        route.matches('/').count() == path.matches('/').count()
            && parts.into_iter().all(|(part, given)| part == given || part.starts_with('{') && !given.is_empty())
    };
    let fitting = routes.iter().filter(|(route, _)| fits(route));
    fitting.min_by_key(|(route, _)| variables(route)).map(|(_, function)| *function)
}

/// A path as an HTTP API hands it over: decoded twice, and cut at an encoded `?`. None where it answers 400. (Seen on AWS:
/// hotsock/voker, `ingress-paths.json`.)
pub fn delivered_path(sent: &str) -> Option<String> {
    let once = decoded(sent)?;
    decoded(once.split('?').next().unwrap_or_default())
}

/// What API Gateway says where there is no route.
pub fn not_found() -> (u16, String) {
    (404, r#"{"message":"Not Found"}"#.to_owned())
}

/// What API Gateway says where no function has answered.
fn own_answer(status: u16, message: &str, why: &str) -> Response {
    let why: String = why.chars().filter(|char| (' '..='~').contains(char)).collect();
    let response = Response::builder().status(status).header(GATEWAY_ERROR, why);
    response.body(Body::from(format!(r#"{{"message":"{message}"}}"#))).expect("our own answer")
}

async fn read(request: Request) -> Result<TestRequest> {
    let (parts, body) = request.into_parts();
    let mut read = TestRequest::new(parts.method, parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    for (name, value) in &parts.headers {
        read = read.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    Ok(read.bytes(to_bytes(body, MAX_BODY_BYTES).await?))
}

/// The response in what a function returns for an event.
fn response(returned: &Value) -> Result<Response> {
    let read = TestResponse::from_returned(returned);
    let mut response = Response::builder().status(read.status);
    for (name, value) in &read.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Body::from(read.text))?)
}

/// One instance of each function, in this process.
pub struct Instances(BTreeMap<&'static str, Function>);

impl Instances {
    pub async fn start(world: &World, functions: impl IntoIterator<Item = (&'static str, Routes)>) -> Self {
        let mut instances = BTreeMap::new();
        for (name, routes) in functions {
            instances.insert(name, world.function(name, routes).await);
        }
        Self(instances)
    }

    /// Sends a request to a function, past any gateway.
    pub async fn send(&self, function: &str, request: TestRequest) -> TestResponse {
        self.0[function].send(request).await
    }

    /// What the functions logged of each request.
    pub fn requests(&self) -> Vec<Value> {
        let lines = self.0.values().flat_map(|function| function.log.lines());
        lines.filter(|line| line["message"] == "request").collect()
    }
}

impl Backend for Instances {
    async fn invoke(&self, function: &'static str, event: Value) -> Result<Value> {
        self.0[function].invoke(&event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_as_it_was_seen_on_aws() {
        for (sent, arrived) in [
            ("plain", "plain"),
            ("space%20value", "space value"),
            ("question%3Fvalue", "question"),
            ("hash%23value", "hash#value"),
            ("slash%2Fvalue", "slash/value"),
            ("unicode-%CE%BB-%E4%B8%96%E7%95%8C", "unicode-\u{3bb}-\u{4e16}\u{754c}"),
            ("literal%252Fvalue", "literal/value"),
            ("literal%253Fvalue", "literal?value"),
            ("literal%2525value", "literal%value"),
        ] {
            assert_eq!(delivered_path(sent).as_deref(), Some(arrived), "{sent}");
        }
        for refused in ["percent%25done", "percent%", "percent%2", "percent%zz", "%ff", "%25ff"] {
            assert_eq!(delivered_path(refused), None, "{refused}");
        }
    }

    #[test]
    fn the_route_with_the_fewest_variables_is_taken() {
        let routes = [("/a/{id}", "by id"), ("/a/b", "of b"), ("/a", "all")];
        for (path, function) in
            [("/a/b", Some("of b")), ("/a/c", Some("by id")), ("/a", Some("all")), ("/a/", None), ("/a/b/c", None)]
        {
            assert_eq!(target(&routes, path), function, "{path}");
        }
    }
}
