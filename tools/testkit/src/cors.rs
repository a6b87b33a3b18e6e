//! CORS as an HTTP API of API Gateway does it: it answers preflights itself, and says with each answer who may read it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
        },
    },
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

const DEPLOYED: &str = include_str!("../../../template.yaml");

/// What browsers may do.
#[derive(Clone, Debug)]
pub struct Cors {
    /// Of the one web app.
    pub origin: String,
    pub methods: Vec<&'static str>,
    pub headers: Vec<&'static str>,
    /// The headers of an answer that they show to the web app.
    pub exposed: Vec<&'static str>,
    pub max_age_s: u32,
}

impl Cors {
    /// What the API allows on AWS, to a web app of this origin.
    pub fn deployed(origin: String) -> Self {
        Self {
            origin,
            methods: deployed_list("AllowMethods"),
            headers: deployed_list("AllowHeaders"),
            exposed: deployed_list("ExposeHeaders"),
            max_age_s: deployed_value("MaxAge").parse().expect("seconds in template.yaml"),
        }
    }

    /// Around these routes.
    pub fn around(self, routes: Router) -> Router {
        routes.layer(from_fn_with_state(Arc::new(self), answer))
    }

    fn listed(&self, is_preflight: bool) -> Vec<(HeaderName, String)> {
        let mut listed = vec![(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.clone())];
        if is_preflight {
            listed.push((ACCESS_CONTROL_ALLOW_METHODS, self.methods.join(",")));
            listed.push((ACCESS_CONTROL_ALLOW_HEADERS, self.headers.join(",")));
            listed.push((ACCESS_CONTROL_MAX_AGE, self.max_age_s.to_string()));
        } else if !self.exposed.is_empty() {
            listed.push((ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.join(",")));
        }
        listed
    }
}

/// A member of `CorsConfiguration`, as it is written.
fn deployed_value(member: &str) -> &'static str {
    let (_, cors) = DEPLOYED.split_once("\n      CorsConfiguration:\n").expect("CORS in template.yaml");
    let value = cors.lines().find_map(|line| line.trim().strip_prefix(member)?.strip_prefix(": "));
    value.expect("a member of the CORS in template.yaml")
}

fn deployed_list(member: &str) -> Vec<&'static str> {
    deployed_value(member).trim_matches(['[', ']']).split(", ").collect()
}

async fn answer(State(cors): State<Arc<Cors>>, request: Request, next: Next) -> Response {
    let (is_preflight, may_read) = {
        let said = |name| request.headers().get(name);
        let is_asked = request.method() == Method::OPTIONS && said(ACCESS_CONTROL_REQUEST_METHOD).is_some();
        let origin = said(ORIGIN);
        (is_asked && origin.is_some(), origin.is_some_and(|origin| origin == cors.origin.as_str()))
    };
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    for (name, value) in cors.listed(is_preflight).into_iter().filter(|_| may_read) {
        response.headers_mut().insert(name, HeaderValue::try_from(value).expect("our own lists"));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::routing::put;
    use reqwest::Client;

    use super::*;
    use crate::server::Server;

    const ORIGIN_OF_OURS: &str = "http://127.0.0.1:9010";

    async fn started() -> (Server, String) {
        let refused = async || (StatusCode::UNAUTHORIZED, [("x-request-id", "1")], "no");
        let routes = Router::new().route("/api/credits/policy", put(refused));
        let server = Server::start(0, Cors::deployed(ORIGIN_OF_OURS.to_owned()).around(routes)).await.unwrap();
        let url = format!("http://127.0.0.1:{}/api/credits/policy", server.port);
        (server, url)
    }

    fn header<'a>(answer: &'a reqwest::Response, name: &str) -> Option<&'a str> {
        answer.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn a_preflight_names_what_the_web_app_may_do_and_tells_others_nothing() {
        let (_server, url) = started().await;
        for (origin, wanted) in [(ORIGIN_OF_OURS, Some(ORIGIN_OF_OURS)), ("http://127.0.0.1:9011", None)] {
            let asked = Client::new().request(Method::OPTIONS, &url).header("origin", origin);
            let answer = asked.header("access-control-request-method", "PUT").send().await.unwrap();
            assert_eq!(answer.status(), 204, "{origin}");
            assert_eq!(header(&answer, "access-control-allow-origin"), wanted);
            let methods = header(&answer, "access-control-allow-methods");
            assert_eq!(methods, wanted.map(|_| "GET,POST,PUT,PATCH,DELETE"));
            let headers = header(&answer, "access-control-allow-headers").unwrap_or_default();
            let names: Vec<&str> = headers.split(',').collect();
            assert_eq!(names.contains(&"if-match"), wanted.is_some(), "{headers}");
            assert!(!names.contains(&"*"));
        }
    }

    #[tokio::test]
    async fn the_web_app_reads_refusals_too_and_others_read_nothing() {
        let (_server, url) = started().await;
        for (origin, wanted) in [(ORIGIN_OF_OURS, Some(ORIGIN_OF_OURS)), ("null", None)] {
            let answer = Client::new().put(&url).header("origin", origin).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{origin}");
            assert_eq!(header(&answer, "access-control-allow-origin"), wanted);
            let exposed = header(&answer, "access-control-expose-headers").unwrap_or_default();
            assert_eq!(exposed.split(',').any(|name| name == "retry-after"), wanted.is_some(), "{exposed}");
            assert_eq!(header(&answer, "access-control-allow-methods"), None);
        }
    }
}
