//! The event of an HTTP API (payload 2.0), looked through before lambda_http makes a request of it, which panics where it
//! cannot.

use std::{borrow::Cow, collections::BTreeMap, mem, sync::Arc};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header::MaxSizeReached, uri::Authority};
use data_encoding::BASE64;
use lambda_http::{Request, aws_lambda_events::apigw::ApiGatewayV2httpRequest, request::LambdaRequest};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    error::{Error, Result},
    http::problem::Attached,
    request_id::RequestId,
};

/// What is read of an event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    request_context: Context,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    request_id: Option<String>,
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

/// An event of which a request can be made.
pub struct Checked {
    /// What lambda_http makes the request of.
    pub event: LambdaRequest,
    put: Put,
}

/// What comes to the request afterwards.
#[derive(Default)]
struct Put {
    id: Option<RequestId>,
    headers: HeaderMap,
    refusal: Option<Attached>,
}

/// Looks through an event; none if nobody sent it by HTTP, who could be answered. Of one that is not as it should be
/// comes a request that the pipeline refuses: it is logged and answered like all others.
pub fn check(event: &str) -> Option<Checked> {
    let mut id = None;
    // serde would repeat what it did not want, and that may be a token.
    let read =
        serde_json::from_str(event).map_err(|_| invalid("event", "is not as an HTTP API (payload 2.0) makes it"));
    let cleaned = read.and_then(|event: Event| {
        id.clone_from(&event.request_context.request_id);
        clean(event)
    });
    let (event, mut put) = match cleaned {
        Ok((event, headers)) => (event, Put { headers, ..Put::default() }),
        Err(error) => {
            // Every way from HTTP into a function adds this member.
            let event: Value = serde_json::from_str(event).unwrap_or_default();
            event.get("requestContext")?;
            let mut nothing = ApiGatewayV2httpRequest::default();
            nothing.raw_path = Some("/".to_owned());
            (nothing, Put { refusal: Some(Attached(Arc::new(error))), ..Put::default() })
        }
    };
    // It goes into a header, too.
    let fits = |id: &String| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    put.id = id.filter(fits).map(RequestId);
    Some(Checked { event: LambdaRequest::ApiGatewayV2(event), put })
}

impl Checked {
    /// The event, and what completes the request that is made of it.
    pub fn split(self) -> (LambdaRequest, impl FnMut(&mut Request) + Send) {
        let mut put = self.put;
        let complete = move |request: &mut Request| {
            *request.headers_mut() = mem::take(&mut put.headers);
            if let Some(id) = put.id.take() {
                request.extensions_mut().insert(id);
            }
            if let Some(refusal) = put.refusal.take() {
                request.extensions_mut().insert(refusal);
            }
        };
        (self.event, complete)
    }
}

/// The event with nothing in it that lambda_http could not make a request of, and its headers apart: from their `Host`
/// it would make an address, too.
fn clean(event: Event) -> Result<(ApiGatewayV2httpRequest, HeaderMap)> {
    let headers = headers(event.headers.unwrap_or_default())?;
    let (path, query) = (event.raw_path.unwrap_or_default(), event.raw_query_string.unwrap_or_default());
    if !path.starts_with('/') {
        return Err(invalid("path", "must begin with a slash"));
    }
    if query.bytes().any(|byte| byte <= b' ' || matches!(byte, b'"' | b'#' | b'<' | b'>' | 0x7f)) {
        return Err(invalid("query", "must be percent-encoded: no spaces, control characters, or any of \" # < >"));
    }
    let (path, query) = (address_of(&path).into_owned(), encoded(&query, |byte| byte.is_ascii()));
    Uri::try_from(format!("{path}?{query}")).map_err(|error| invalid("request", error.to_string()))?;
    let is_base64 = event.is_base64_encoded == Some(true);
    if is_base64 && event.body.as_ref().is_some_and(|body| BASE64.decode(body.as_bytes()).is_err()) {
        return Err(invalid("body", "is said to be base64, and is not"));
    }
    let method = Method::from_bytes(event.request_context.http.method.as_bytes());
    let mut cleaned = ApiGatewayV2httpRequest::default();
    cleaned.request_context.http.method = method.map_err(|error| invalid("request", error.to_string()))?;
    cleaned.raw_path = Some(path);
    cleaned.raw_query_string = Some(query);
    cleaned.body = event.body;
    cleaned.is_base64_encoded = is_base64;
    Ok((cleaned, headers))
}

/// The path as it stands in an address. An HTTP API hands it over decoded: encoded once here, and decoded once for the
/// handler, it stays what it is. `cargo lambda watch` hands it over as it was sent. So it is where a `|`, which every id
/// of Auth0 has, is still encoded, and nothing else waits to be.
fn address_of(path: &str) -> Cow<'_, str> {
    let was_sent_so = path.bytes().all(|byte| byte == b'%' || may_stand_in_a_path(byte));
    let holds_an_encoded_bar = path.as_bytes().windows(3).any(|part| part.eq_ignore_ascii_case(b"%7c"));
    if was_sent_so && holds_an_encoded_bar { path.into() } else { encoded(path, may_stand_in_a_path).into() }
}

/// RFC 3986: `pchar`, and the slash.
fn may_stand_in_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

fn encoded(text: &str, may_stand: impl Fn(u8) -> bool) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if may_stand(byte) {
            written.push(char::from(byte));
        } else {
            written.push('%');
            written.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])));
        }
    }
    written
}

fn headers(given: BTreeMap<String, String>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let bad = || invalid("headers", "must have good names, and values without control characters");
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?;
        let is_believable = match name.as_str() {
            "host" => is_host(&value),
            "x-forwarded-proto" => [&b"http"[..], b"https"].contains(&&*value.as_bytes().to_ascii_lowercase()),
            _ => true,
        };
        if !is_believable {
            return Err(invalid(name.as_str(), "is not what a gateway says"));
        }
        headers.try_append(name, value).map_err(|_: MaxSizeReached| invalid("headers", "are too many"))?;
    }
    Ok(headers)
}

/// A name or an address, and perhaps a port.
fn is_host(value: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(value.as_bytes()) else { return false };
    let host = authority.host();
    let is_alone = authority.as_str() == host;
    !host.is_empty() && !authority.as_str().contains('@') && (is_alone || authority.port_u16().is_some())
}

/// No client library sends such a request, and no gateway lets it through.
fn invalid(part: &str, reason: impl Into<String>) -> Error {
    Error::invalid("invalid_request", part, reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(event: &Value) -> Option<Put> {
        check(&event.to_string()).map(|checked| checked.put)
    }

    fn plain() -> Value {
        json!({
            "rawPath": "/api/x",
            "rawQueryString": "",
            "headers": { "host": "api.example.com" },
            "requestContext": { "requestId": "abc=", "http": { "method": "GET" } },
            "isBase64Encoded": false,
        })
    }

    #[test]
    fn a_decoded_path_is_encoded_once_and_an_encoded_one_is_left() {
        for (raw, address) in [
            ("/a|b", "/a%7Cb"),
            ("/a%7Cb", "/a%7Cb"),
            ("/a%7cb c", "/a%257cb%20c"),
            ("/a|b%41", "/a%7Cb%2541"),
            ("/a%41", "/a%2541"),
            ("/a#b?c\\d\"", "/a%23b%3Fc%5Cd%22"),
            ("/\u{eb}/..", "/%C3%AB/.."),
        ] {
            assert_eq!(address_of(raw), address);
        }
    }

    #[test]
    fn what_no_request_can_be_made_of_is_refused_by_name() {
        for (member, value, field) in [
            ("/rawQueryString", json!("a=<"), "query"),
            ("/rawQueryString", json!("a=b#c"), "query"),
            ("/rawPath", json!("api"), "path"),
            ("/rawPath", json!(""), "path"),
            ("/rawPath", json!(["/"]), "event"),
            ("/headers/host", json!("a:99999"), "host"),
            ("/headers/host", json!("a@b"), "host"),
            ("/headers/host", json!("["), "host"),
            ("/headers", json!({ "x-forwarded-proto": "http,https" }), "x-forwarded-proto"),
            ("/headers", json!({ "x-a": "\u{7f}" }), "headers"),
            ("/headers", json!({ "a b": "" }), "headers"),
            ("/headers", json!([]), "event"),
            ("/isBase64Encoded", json!("true"), "event"),
            ("/requestContext/http", json!(null), "event"),
            ("/requestContext/http/method", json!("G T"), "request"),
        ] {
            let mut event = plain();
            *event.pointer_mut(member).unwrap() = value;
            let refused = of(&event).unwrap().refusal.unwrap();
            let Error::Rejected(rejection) = &*refused.0 else { panic!("{refused:?}") };
            assert_eq!(rejection.fields[0].field, field, "{event}");
        }
        let many: BTreeMap<String, &str> = (0..40_000).map(|number| (format!("x-{number}"), "")).collect();
        let mut event = plain();
        event["headers"] = json!(many);
        assert!(of(&event).unwrap().refusal.is_some());
    }

    #[test]
    fn what_nobody_sent_by_http_is_no_request() {
        for event in [json!({}), json!({ "Records": [] }), json!(null), json!([1]), json!("text")] {
            assert!(of(&event).is_none(), "{event}");
        }
    }

    #[test]
    fn an_id_that_fits_into_a_header_is_the_requests() {
        for (id, is_kept) in [("abc=", true), ("", false), ("a\nb", false), ("\u{eb}", false)] {
            let mut event = plain();
            event["requestContext"]["requestId"] = json!(id);
            assert_eq!(of(&event).unwrap().id.is_some(), is_kept, "{id:?}");
        }
    }
}
