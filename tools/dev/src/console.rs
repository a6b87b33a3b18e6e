//! The console at an address of this machine: its files, and what it must know of this back office.

mod bundle;
mod deployment;
mod neighbours;

use std::{
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
pub use bundle::{Tools, build, tools};
pub use deployment::{ConsoleArgs, for_deployment};
pub use neighbours::Neighbours;
use testkit::server::Server;

use self::neighbours::CONFIG;

/// Browsers must let it do no more than this; CloudFront says the same.
const POLICY: &str = include_str!("../../../client/console/csp.txt");
const INDEX: &str = "index.html";

/// It stops when dropped.
pub struct Console {
    _server: Server,
}

struct Served {
    folder: PathBuf,
    config: String,
    policy: String,
}

impl Console {
    /// Serves the files of this folder, as they are when they are asked for.
    pub async fn start(port: u16, folder: PathBuf, neighbours: &Neighbours<'_>) -> Result<Self> {
        let policy = POLICY.trim_end().replace("{api}", neighbours.api).replace("{issuer}", neighbours.issuer);
        let served = Arc::new(Served { folder, config: neighbours.config(), policy });
        let routes = Router::new().fallback_service(get(answer).with_state(served));
        Ok(Self { _server: Server::start(port, routes).await.context("starting the console")? })
    }
}

impl Served {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        if path == CONFIG {
            return Some(self.config.clone().into_bytes());
        }
        let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        is_inside.then(|| fs::read(self.folder.join(path)).ok()).flatten()
    }
}

async fn answer(State(served): State<Arc<Served>>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    let Some(content) = served.read(path) else { return StatusCode::NOT_FOUND.into_response() };
    // The name of an asset has a hash of it.
    let cached = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [
        ("content-type", media_type(path)),
        ("cache-control", cached),
        ("content-security-policy", served.policy.as_str()),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ];
    (headers, content).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use testkit::process::Port;

    use super::*;

    #[tokio::test]
    async fn the_console_is_served_under_its_policy_with_what_it_must_know() {
        let folder = std::env::temp_dir().join(format!("console-{}", std::process::id()));
        fs::create_dir_all(folder.join("assets")).unwrap();
        fs::write(folder.join("index.html"), "<title>Console</title>").unwrap();
        fs::write(folder.join("assets/a.js"), "1").unwrap();
        let neighbours = Neighbours {
            api: "http://api",
            issuer: "http://issuer",
            client_id: "me",
            audience: "it",
            buy_credits_url: None,
            contact: Some("help@example.com"),
        };
        let port = Port::reserve(0).unwrap();
        let url = format!("http://127.0.0.1:{}", port.number);
        let _console = Console::start(port.release(), folder.clone(), &neighbours).await.unwrap();
        for (path, kind, cached, content) in [
            ("/", "text/html; charset=utf-8", "no-store", "<title>Console</title>"),
            ("/index.html", "text/html; charset=utf-8", "no-store", "<title>Console</title>"),
            ("/assets/a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "1"),
        ] {
            let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(
                (header("content-type"), header("cache-control")),
                (kind.to_owned(), cached.to_owned()),
                "{path}"
            );
            let policy = header("content-security-policy");
            assert!(
                policy.contains("connect-src 'self' http://api http://issuer; frame-src http://issuer;"),
                "{policy}"
            );
            assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(answer.text().await.unwrap(), content);
        }
        let config = reqwest::get(format!("{url}/config.json")).await.unwrap();
        assert_eq!(config.headers()["cache-control"], "no-store");
        let config: serde_json::Value = serde_json::from_str(&config.text().await.unwrap()).unwrap();
        let auth0 = json!({ "domain": "http://issuer", "client_id": "me", "audience": "it" });
        let expected = json!({ "api_url": "http://api", "auth0": auth0, "contact": "help@example.com" });
        assert_eq!(config, expected);
        for path in ["/assets/b.js", "/%2e%2e/secret", "/assets/", "//etc/passwd"] {
            assert_eq!(reqwest::get(format!("{url}{path}")).await.unwrap().status(), 404, "{path}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
