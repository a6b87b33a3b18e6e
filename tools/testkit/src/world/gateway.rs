//! All functions behind one address, as API Gateway puts them there.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::Request,
    response::Response,
    routing::{MethodRouter, any},
};
use serde_json::Value;
use shared::app::Routes;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Function, World};

/// One instance of each function, on a port of this machine. It stops when dropped.
pub struct Api {
    port: u16,
    functions: Vec<Arc<Function>>,
    server: JoinHandle<()>,
}

impl Api {
    /// Starts an instance of each of these functions.
    pub async fn start(world: &World, published: impl IntoIterator<Item = (&'static str, Routes)>) -> Self {
        let (mut gateway, mut functions) = (Router::new(), Vec::new());
        for (name, routes) in published {
            let paths: BTreeSet<&str> = routes.operations().iter().map(|operation| operation.path).collect();
            let function = Arc::new(world.function(name, routes).await);
            for path in paths {
                gateway = gateway.route(path, integration(&function));
            }
            functions.push(function);
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let server = tokio::spawn(async move {
            // It ends with the task; there is nobody to tell.
            let _ = axum::serve(listener, gateway).await;
        });
        Self { port, functions, server }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the functions logged of each request.
    pub fn requests(&self) -> Vec<Value> {
        let lines = self.functions.iter().flat_map(|function| function.log.lines());
        lines.filter(|line| line["message"] == "request").collect()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Hands a request to a function as it came: what the gateway made of its address is none of the function's business.
fn integration(function: &Arc<Function>) -> MethodRouter {
    let function = Arc::clone(function);
    any(move |mut request: Request| {
        let function = Arc::clone(&function);
        async move {
            request.extensions_mut().clear();
            let response: Response = function.answer(request).await;
            response
        }
    })
}
