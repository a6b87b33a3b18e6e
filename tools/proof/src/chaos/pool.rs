//! API Gateway and Lambda in front of the release binaries: one request at a time and instance, a new instance
//! whenever none is free. Its own failing answers can be told from the functions'.

use anyhow::{Context, Result};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::Response,
    routing::any,
};
use fastrand::Rng;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    locked,
    testbed::Functions,
    transport::{GATEWAY_REQUEST_ID, GATEWAY_SAYS},
};
use crate::lambda::{Instance, Program};
use contract::openapi;
use testkit::{TestRequest, TestResponse};

const MAX_BODY_BYTES: usize = 2 << 20;

/// An instance at work or waiting, and whether somebody has killed it.
struct Running {
    instance: Instance,
    is_killed: AtomicBool,
    /// It is to end when it is not at work any more.
    is_old: AtomicBool,
}

/// The instances of one function.
struct Pool {
    program: Program,
    home: PathBuf,
    idle: Mutex<Vec<Arc<Running>>>,
    busy: Mutex<Vec<Arc<Running>>>,
    started: AtomicUsize,
}

/// All functions behind one address. It stops when dropped, and its instances with it.
pub struct Gateway {
    port: u16,
    pools: Vec<Arc<Pool>>,
    server: JoinHandle<()>,
}

impl Gateway {
    /// Starts it; `program` says how each function is started, whose log goes to `home`.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(home: &Path, program: impl Fn(&'static str) -> Program) -> Result<Self> {
        let (mut gateway, mut pools) = (Router::new(), Vec::new());
        for (name, routes) in openapi::functions() {
            let pool = Arc::new(Pool {
                program: program(name),
                home: home.to_owned(),
                idle: Mutex::default(),
                busy: Mutex::default(),
                started: AtomicUsize::default(),
            });
            let paths: BTreeSet<&str> = routes.operations().iter().map(|operation| operation.path).collect();
            for path in paths {
                let pool = Arc::clone(&pool);
                gateway = gateway.route(path, any(move |request: Request| serve(Arc::clone(&pool), request)));
            }
            pools.push(pool);
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("starting the gateway")?;
        let port = listener.local_addr()?.port();
        let server = tokio::spawn(async move {
            // It ends with the task; there is nobody to tell.
            let _ = axum::serve(listener, gateway).await;
        });
        Ok(Self { port, pools, server })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many instances have been started so far.
    pub fn started(&self) -> usize {
        self.pools.iter().map(|pool| pool.started.load(Ordering::SeqCst)).sum()
    }
}

impl Functions for Gateway {
    fn kill_one_at_work(&self, rng: &mut Rng) -> bool {
        let at_work: Vec<_> = self.pools.iter().flat_map(|pool| locked(&pool.busy).clone()).collect();
        let Some(victim) = rng.choice(&at_work) else { return false };
        victim.is_killed.store(true, Ordering::SeqCst);
        victim.instance.kill();
        true
    }

    fn retire(&self, of_each: usize) {
        for pool in &self.pools {
            let mut idle = locked(&pool.idle);
            let keep = idle.len().saturating_sub(of_each);
            let retired = idle.split_off(keep);
            drop(idle);
            drop(retired);
        }
    }

    fn renew(&self) {
        for running in self.pools.iter().flat_map(|pool| locked(&pool.busy).clone()) {
            running.is_old.store(true, Ordering::SeqCst);
        }
        self.retire(usize::MAX);
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
        // Connections that are still open hold their pools, and a pool its instances.
        for running in self.pools.iter().flat_map(|pool| locked(&pool.busy).clone()) {
            running.is_killed.store(true, Ordering::SeqCst);
            running.instance.kill();
        }
        self.retire(usize::MAX);
    }
}

/// In a task of its own: a client that hangs up does not stop a function.
async fn serve(pool: Arc<Pool>, request: Request) -> Response<Body> {
    let served = tokio::spawn(async move { pool.answer(request).await }).await;
    served.unwrap_or_else(|panic| own_answer(&panic.to_string(), "none"))
}

impl Pool {
    async fn answer(&self, request: Request) -> Response<Body> {
        let event = match read(request).await {
            Ok(ask) => ask.into_event(),
            Err(error) => return own_answer(&format!("{error:#}"), "none"),
        };
        let request_id = event["requestContext"]["requestId"].as_str().unwrap_or_default().to_owned();
        let running = match self.take().await {
            Ok(running) => running,
            Err(error) => return own_answer(&format!("{error:#}"), &request_id),
        };
        let returned = running.instance.invoke(&event).await;
        locked(&self.busy).retain(|other| !Arc::ptr_eq(other, &running));
        match returned {
            Ok(returned) if !running.is_killed.load(Ordering::SeqCst) => {
                if !running.is_old.load(Ordering::SeqCst) {
                    locked(&self.idle).push(running);
                }
                answer(TestResponse::from_returned(&returned), &request_id)
            }
            Ok(_) => own_answer("killed", &request_id),
            Err(_) if running.is_killed.load(Ordering::SeqCst) => own_answer("killed", &request_id),
            Err(error) => own_answer(&format!("{error:#}"), &request_id),
        }
    }

    /// An instance that waits, or a new one; at work from now on.
    async fn take(&self) -> Result<Arc<Running>> {
        let waiting = locked(&self.idle).pop();
        let running = match waiting {
            Some(running) => running,
            None => {
                self.started.fetch_add(1, Ordering::SeqCst);
                let instance = Instance::start(&self.program, &self.home).await?;
                Arc::new(Running { instance, is_killed: AtomicBool::default(), is_old: AtomicBool::default() })
            }
        };
        locked(&self.busy).push(Arc::clone(&running));
        Ok(running)
    }
}

async fn read(request: Request) -> Result<TestRequest> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut ask = TestRequest::new(parts.method, path);
    for (name, value) in &parts.headers {
        ask = ask.header(name.as_str(), value.to_str().unwrap_or_default());
    }
    let bytes = to_bytes(body, MAX_BODY_BYTES).await?;
    Ok(ask.bytes(bytes))
}

fn answer(answer: TestResponse, request_id: &str) -> Response<Body> {
    let mut response = Response::builder().status(answer.status).header(GATEWAY_REQUEST_ID, request_id);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.text)).expect("a function's answer")
}

/// What API Gateway says when a function has not answered.
fn own_answer(why: &str, request_id: &str) -> Response<Body> {
    let why: String = why.chars().filter(|char| (' '..='~').contains(char)).collect();
    let response = Response::builder().status(500).header(GATEWAY_SAYS, why).header(GATEWAY_REQUEST_ID, request_id);
    response.body(Body::from(r#"{"message":"Internal Server Error"}"#)).expect("our own answer")
}
