//! What happens around every handler: request id, deadline, panics, problem+json, and the line that is log and metric.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Response, StatusCode, header::CACHE_CONTROL},
    middleware::{Next, from_fn_with_state},
    response::IntoResponse,
};
use lambda_runtime::Context;
use tokio::time::{Instant, timeout};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Level;
use uuid::Uuid;

use crate::{
    error::{Error, Kind},
    http::problem::{self, Attached},
    request_id::RequestId,
    telemetry::{self, Metrics, RequestRecord},
};

/// No request takes longer, whatever its parts do. Shorter than the functions' own time-out.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Surroundings {
    function: &'static str,
    metrics: Metrics,
    warm: Arc<AtomicBool>,
}

/// A function with wrong settings: every request is a 503, and the log says why.
pub fn out_of_order(reason: String, function: &'static str, metrics: Metrics) -> Router {
    let refuse = move || {
        let error = Error::Unavailable(reason.clone());
        async move { error }
    };
    wrap(Router::new().fallback(refuse), function, metrics)
}

/// Wraps the routes of a function.
pub fn wrap(routes: Router, function: &'static str, metrics: Metrics) -> Router {
    let surroundings = Surroundings { function, metrics, warm: Arc::default() };
    let not_found = || async { Error::rejected(Kind::NotFound, "route_unknown", "There is nothing at this address.") };
    let not_allowed = || async {
        Error::rejected(
            Kind::MethodNotAllowed,
            "method_not_allowed",
            "This address does not take this method; see `Allow`.",
        )
    };
    let routes = if routes.has_routes() { routes.fallback(not_found) } else { routes };
    routes
        .method_not_allowed_fallback(not_allowed)
        .layer(CatchPanicLayer::custom(|_panic| Error::Bug("a panic; see the line before".to_owned()).into_response()))
        .layer(from_fn_with_state(surroundings, around))
}

async fn around(State(surroundings): State<Surroundings>, mut request: Request, next: Next) -> Response<Body> {
    let started = Instant::now();
    let lambda_request_id = request.extensions().get::<Context>().map(|context| context.request_id.clone());
    let lambda_request_id = lambda_request_id.filter(|id| !id.is_empty());
    let request_id = request_id(&request, lambda_request_id.as_deref());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    request.extensions_mut().insert(request_id.clone());
    request.extensions_mut().insert(surroundings.metrics.clone());

    let unreadable = request.extensions_mut().remove::<Attached>();
    let handled = timeout(REQUEST_DEADLINE, async {
        let Some(failure) = unreadable else { return next.run(request).await };
        let mut response = Response::default();
        response.extensions_mut().insert(failure);
        response
    });
    let (response, db_time) = telemetry::measuring_db_time(handled).await;
    let mut response =
        response.unwrap_or_else(|_| Error::Unavailable("the request took too long".to_owned()).into_response());
    let failure = response.extensions_mut().remove::<Attached>();
    if let Some(Attached(error)) = &failure {
        problem::render(&mut response, error, &request_id.0);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    // Every answer is one caller's, and true for a moment.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));

    let error = failure.as_ref().map(|failure| &*failure.0);
    let status = response.status();
    let level = match status {
        StatusCode::SERVICE_UNAVAILABLE => Level::WARN,
        status if status.is_server_error() => Level::ERROR,
        _ => Level::INFO,
    };
    let record = RequestRecord {
        request_id: &request_id.0,
        lambda_request_id: lambda_request_id.as_deref(),
        function: surroundings.function,
        method: method.as_str(),
        route: route.as_ref().map_or("(none)", MatchedPath::as_str),
        status: status.as_u16(),
        duration_ms: telemetry::milliseconds(started.elapsed()),
        db_ms: telemetry::milliseconds(db_time),
        cold_start: !surroundings.warm.swap(true, Ordering::Relaxed),
        code: error.map(Error::code),
        reason: error.map(Error::reason),
    };
    surroundings.metrics.record(level, &record);
    response
}

/// The gateway's id, else Lambda's, else one of our own.
fn request_id(request: &Request, lambda_request_id: Option<&str>) -> RequestId {
    let gateway = request.extensions().get::<RequestId>().cloned();
    let own = || RequestId(lambda_request_id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned));
    gateway.unwrap_or_else(own)
}
