//! All functions behind one address, as API Gateway puts them there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
    routing::any,
};
use lambda_http::{aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext};
use serde_json::{Value, json};
use shared::app::Routes;
use uuid::Uuid;

use crate::{
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

/// What answers behind the gateway.
pub trait Backend: Send + Sync + 'static {
    /// The function's answer to a request, which carries its `RequestContext`. An error is why there is none.
    fn answer(&self, function: &'static str, request: Request) -> impl Future<Output = Result<Response>> + Send;
}

/// It stops when dropped.
pub struct Gateway<B> {
    pub backend: Arc<B>,
    server: Server,
}

impl<B: Backend> Gateway<B> {
    /// Routes the paths of these functions to `backend`.
    pub async fn start(functions: impl IntoIterator<Item = (&'static str, Routes)>, backend: B) -> Result<Self> {
        let (backend, mut router) = (Arc::new(backend), Router::new());
        for (function, routes) in functions {
            let paths: BTreeSet<&str> = routes.operations().iter().map(|operation| operation.path).collect();
            for path in paths {
                let backend = Arc::clone(&backend);
                router = router.route(path, any(move |request| integrate(Arc::clone(&backend), function, request)));
            }
        }
        let server = Server::start(0, router).await.context("starting the gateway")?;
        Ok(Self { backend, server })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }
}

/// Hands a request over as it came: how the gateway found its route is none of the function's business.
async fn integrate<B: Backend>(backend: Arc<B>, function: &'static str, mut request: Request) -> Response {
    let id = Uuid::new_v4().to_string();
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.request_id = Some(id.clone());
    request.extensions_mut().clear();
    request.extensions_mut().insert(RequestContext::ApiGatewayV2(context));
    // In a task of its own: a client that hangs up does not stop a function.
    let answer = tokio::spawn(async move { backend.answer(function, request).await }).await;
    let mut response = match answer.map_err(Into::into).flatten() {
        Ok(response) => response,
        Err(error) => own_answer(&format!("{error:#}")),
    };
    response.headers_mut().insert(GATEWAY_REQUEST_ID, id.parse().expect("a UUID"));
    response
}

/// What API Gateway says when a function has not answered.
fn own_answer(why: &str) -> Response {
    let why: String = why.chars().filter(|char| (' '..='~').contains(char)).collect();
    let response = Response::builder().status(500).header(GATEWAY_ERROR, why);
    response.body(Body::from(r#"{"message":"Internal Server Error"}"#)).expect("our own answer")
}

/// The event that API Gateway makes of a request.
pub async fn event(request: Request) -> Result<Value> {
    let (parts, body) = request.into_parts();
    let mut read = TestRequest::new(parts.method, parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    for (name, value) in &parts.headers {
        read = read.header(name.as_str(), value.to_str().unwrap_or_default());
    }
    let mut event = read.bytes(to_bytes(body, MAX_BODY_BYTES).await?).into_event();
    if let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get() {
        event["requestContext"]["requestId"] = json!(context.request_id);
    }
    Ok(event)
}

/// The response in what a function returns for an event.
pub fn response(returned: &Value) -> Result<Response> {
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
    async fn answer(&self, function: &'static str, request: Request) -> Result<Response> {
        Ok(self.0[function].answer(request).await)
    }
}
