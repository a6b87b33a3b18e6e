//! HTTP/1 over TLS, with answers that may fail to come.

use std::{io, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// Serves until it is dropped, and all connections with it. Where `answer` fails, the connection ends without an answer;
/// axum's own server has no such thing.
pub async fn serve<A, F>(listener: TcpListener, tls: Arc<ServerConfig>, answer: A)
where
    A: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = io::Result<Response>> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(tls);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                connections.spawn(serve_one(acceptor.clone(), stream, answer.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// The same without TLS.
pub async fn serve_plain<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = io::Result<Response>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let _ = stream.set_nodelay(true);
                connections.spawn(answer_on(stream, answer.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_one<A, F>(acceptor: TlsAcceptor, stream: TcpStream, answer: A)
where
    A: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<Response>> + Send + 'static,
{
    // Otherwise small answers may wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    // A client that does not trust the certificate goes away here.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    answer_on(stream, answer).await;
}

async fn answer_on<S, A, F>(stream: S, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = io::Result<Response>> + Send + 'static,
{
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| answer(request.map(Body::new)));
    // It ends with the client, or by a fault; there is nobody to tell.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
