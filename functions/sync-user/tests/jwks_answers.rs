//! What the issuer answers is judged while it comes, and nothing else is fetched instead. Only tokens wait for it.

use std::{
    io::{Read, Write},
    net::TcpListener,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use axum::{Router, routing::get};
use serde_json::json;
use shared::http::body::Json;
use testkit::{Function, TestRequest, World, server::Server};
use tokio::sync::Semaphore;

use crate::logins::sign_up;

const MANY_BYTES: usize = 256 << 20;

/// An issuer that answers each request with this, and then with chunks until nobody reads them any more. Its port, and
/// how many bytes it could send.
fn issuer(head: String, chunk: Vec<u8>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, sent) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&sent);
    thread::spawn(move || {
        for mut connection in listener.incoming().map(Result::unwrap) {
            let _ = connection.read(&mut [0; 4096]);
            let mut is_read = connection.write_all(head.as_bytes()).is_ok();
            while is_read && !chunk.is_empty() && counted.fetch_add(chunk.len(), Ordering::Relaxed) < MANY_BYTES {
                is_read = connection.write_all(&chunk).is_ok();
            }
        }
    });
    (port, sent)
}

async fn with_keys_at(world: &World, port: u16) -> Function {
    let secret_id = world.put_secret(&world.secret(world.stack.pgbouncer_port)).await;
    let mut config = world.config(&secret_id);
    config.jwks_url = format!("http://127.0.0.1:{port}/.well-known/jwks.json");
    Function::start(sync_user::NAME, sync_user::routes(), Ok(config), world.clock.clone()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_of_the_keys_is_read_than_keys_can_be() {
    let world = World::new().await;
    let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let (port, sent) = issuer(head.to_owned(), chunk);
    let function = with_keys_at(&world, port).await;
    let request = TestRequest::get("/api/auth/me").bearer(&world.token("auth0|ann"));
    function.send(request).await.expect_problem(503, "unavailable");
    assert!(function.log.text().contains("the answer is too long"), "{}", function.log.text());
    assert!(sent.load(Ordering::Relaxed) < MANY_BYTES / 4, "{sent:?} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_good_keys_is_not_followed() {
    let world = World::new().await;
    let head = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}.well-known/jwks.json\r\ncontent-length: 0\r\n\r\n",
        world.issuer.url()
    );
    let (port, _) = issuer(head, Vec::new());
    let function = with_keys_at(&world, port).await;
    let request = TestRequest::get("/api/auth/me").bearer(&world.token("auth0|ann"));
    function.send(request).await.expect_problem(503, "unavailable");
    assert!(function.log.text().contains("status 302"), "{}", function.log.text());
}

#[tokio::test]
async fn a_signed_login_is_answered_while_the_issuer_hangs_and_tokens_wait_for_its_one_answer() {
    let world = World::new().await;
    let (gate, asked) = (Arc::new(Semaphore::new(0)), Arc::<AtomicUsize>::default());
    let (closed, counted, keys) = (Arc::clone(&gate), Arc::clone(&asked), json!({ "keys": [world.key.jwk()] }));
    let answer = async move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let _open = closed.acquire().await;
        Json(keys)
    };
    let routes = Router::new().route("/.well-known/jwks.json", get(answer));
    let issuer = Server::start(0, routes).await.unwrap();
    let function = with_keys_at(&world, issuer.port).await;
    function.send(sign_up(&world, "ann")).await.expect(200);

    let me = async || function.send(TestRequest::get("/api/auth/me").bearer(&world.token("auth0|ann"))).await;
    let mut both = pin!(async { tokio::join!(me(), me()) });
    let is_asked = async {
        while asked.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut both => panic!("answered without a key"),
        () = is_asked => gate.add_permits(1),
    }
    let (first, second) = both.await;
    first.expect(200);
    second.expect(200);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "one fetch for all");
    assert!(!function.log.text().contains("not ready at start-up"), "{}", function.log.text());
}
