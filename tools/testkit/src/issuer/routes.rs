//! What the issuer is asked while people sign in and out.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::http::body::Json;
use url::{Url, form_urlencoded};

use super::{
    page,
    tenant::{Asked, Exchange, Tenant},
    web_app::Person,
};
use crate::cors::Cors;

#[derive(Deserialize)]
struct Logout {
    #[serde(rename = "returnTo")]
    return_to: Option<String>,
}

impl Tenant {
    pub fn routes(self) -> Router {
        let cors = Cors {
            origin: self.app.origin.clone(),
            methods: vec!["GET", "POST"],
            headers: vec!["auth0-client", "content-type"],
            exposed: Vec::new(),
            max_age_s: 600,
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/authorize", get(authorize).post(sign_in))
            .route("/oauth/token", post(token))
            .route("/v2/logout", get(log_out));
        cors.around(routes.with_state(Arc::new(self)))
    }

    /// The answer to what the web app may not ask for: a page, if it may not even be sent back.
    fn refuse(&self, asked: &Asked) -> Option<Response> {
        let refused = |why: &str| Some((StatusCode::FORBIDDEN, page::refusal(why)).into_response());
        if asked.client_id != self.app.client_id {
            return refused("Unknown client.");
        }
        if !self.app.is_ours(&asked.redirect_uri) {
            return refused("Callback URL mismatch: the web app is elsewhere.");
        }
        let (error, why) = match () {
            () if asked.response_type != "code" => ("unsupported_response_type", "Only response_type=code is served"),
            () if asked.audience != self.app.audience => {
                ("access_denied", "Service not found: the audience is unknown")
            }
            () if asked.code_challenge_method != "S256" || asked.code_challenge.is_empty() => {
                ("invalid_request", "A code_challenge is required, with code_challenge_method=S256")
            }
            () if !matches!(asked.response_mode.as_deref(), None | Some("query" | "web_message")) => {
                ("invalid_request", "Unsupported response_mode")
            }
            () => return None,
        };
        Some(self.send_back(asked, &[("error", error), ("error_description", why)]))
    }

    fn send_back(&self, asked: &Asked, answer: &[(&str, &str)]) -> Response {
        let state = asked.state.as_deref().map(|state| ("state", state));
        let answer = answer.iter().copied().chain(state);
        if asked.response_mode.as_deref() == Some("web_message") {
            let answer: Value = answer.map(|(name, value)| (name.to_owned(), json!(value))).collect();
            return page::message(&self.app.origin, &answer);
        }
        match Url::parse(&asked.redirect_uri) {
            Ok(mut url) => {
                url.query_pairs_mut().extend_pairs(answer);
                found(url.as_str())
            }
            Err(_) => page::refusal("Callback URL mismatch: it is no address."),
        }
    }
}

fn found(address: &str) -> Response {
    (StatusCode::FOUND, [("location", address), ("cache-control", "no-store")]).into_response()
}

async fn configuration(State(tenant): State<Arc<Tenant>>) -> Response {
    let url = &tenant.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}authorize"),
        "token_endpoint": format!("{url}oauth/token"),
        "jwks_uri": format!("{url}.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "web_message"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["none"],
    }))
    .into_response()
}

/// Nobody stays signed in here: what wants to show no page is refused.
async fn authorize(State(tenant): State<Arc<Tenant>>, Query(asked): Query<Asked>) -> Response {
    match tenant.refuse(&asked) {
        Some(refused) => refused,
        None if asked.prompt.as_deref() == Some("none") => {
            tenant.send_back(&asked, &[("error", "login_required"), ("error_description", "Login required")])
        }
        None => page::login(&tenant.app.people),
    }
}

async fn sign_in(State(tenant): State<Arc<Tenant>>, Query(asked): Query<Asked>, body: String) -> Response {
    if let Some(refused) = tenant.refuse(&asked) {
        return refused;
    }
    let given = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "email");
    let email = given.map(|(_, email)| email.trim().to_owned()).unwrap_or_default();
    if !email.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty()) {
        return (StatusCode::BAD_REQUEST, page::refusal("That is no e-mail address.")).into_response();
    }
    let known = tenant.app.people.iter().find(|person| person.email.eq_ignore_ascii_case(&email));
    let code = tenant.grant(&asked, known.cloned().unwrap_or_else(|| Person::at(&email)));
    tenant.send_back(&asked, &[("code", &code)])
}

async fn token(State(tenant): State<Arc<Tenant>>, headers: HeaderMap, body: String) -> Response {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let read: Option<Exchange> = if kind.starts_with("application/json") {
        serde_json::from_str(&body).ok()
    } else {
        let fields: Value = form_urlencoded::parse(body.as_bytes()).map(|(name, value)| (name, json!(value))).collect();
        serde_json::from_value(fields).ok()
    };
    let exchanged = match read {
        Some(exchange) => tenant.exchange(&exchange),
        None => Err((400, "invalid_request", "The body cannot be read")),
    };
    let (status, body) = match exchanged {
        Ok(tokens) => (200, tokens),
        Err((status, error, why)) => (status, json!({ "error": error, "error_description": why })),
    };
    let status = StatusCode::from_u16(status).expect("our own status");
    (status, [("cache-control", "no-store")], Json(body)).into_response()
}

async fn log_out(State(tenant): State<Arc<Tenant>>, Query(logout): Query<Logout>) -> Response {
    match logout.return_to {
        Some(address) if tenant.app.is_ours(&address) => found(&address),
        Some(_) => (StatusCode::BAD_REQUEST, page::refusal("The returnTo is not allowed.")).into_response(),
        None => "OK".into_response(),
    }
}
