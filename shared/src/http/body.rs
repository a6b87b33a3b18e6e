//! Request bodies: JSON of at most 1 MiB (a login's of 64 KiB), parsed into types, with the field named when that fails.

use std::error::Error as _;

use axum::{
    body::{Body, Bytes},
    extract::{
        DefaultBodyLimit, FromRequest, Request,
        rejection::{BytesRejection, FailedToBufferBody},
    },
    http::{
        Method, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, error::Category};

use crate::{
    error::{Error, Kind, Result},
    http::nul::{LONGEST_FIELD_NAME, has_nul, holds_nul, refuse_nul},
};

/// The most that a body may hold, in bytes.
pub const LIMIT_BYTES: usize = 1024 * 1024;

/// A JSON body of the shape `T`; also an answer of that shape.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, LIMIT_BYTES).await?;
        require_json(&parts)?;
        parse(&bytes).map(Self)
    }
}

impl<T: serde::Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
            Err(error) => Error::Bug(format!("an answer did not serialize: {error}")).into_response(),
        }
    }
}

/// A 201 with what was made.
#[derive(Debug)]
pub struct Created<T>(pub T);

impl<T: serde::Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::CREATED;
        }
        response
    }
}

/// A 204: done, without a body.
#[derive(Debug, serde::Deserialize)]
pub struct Done {}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The raw bytes of a body, refused with 413 once they pass the limit.
pub async fn read(body: Body, limit_bytes: usize) -> Result<Bytes> {
    let mut request = Request::new(body);
    DefaultBodyLimit::max(limit_bytes).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| match &rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            let detail = format!("This body may hold {} KiB at most. Send less at once.", limit_bytes / 1024);
            Error::rejected(Kind::TooLarge, "body_too_large", detail)
        }
        _ => {
            let reason = rejection.source().map(ToString::to_string).unwrap_or_default();
            Error::rejected(Kind::Invalid, "body_unreadable", format!("The body did not arrive: {reason}"))
        }
    })
}

/// Refuses with 415 a body that does not say it is JSON, as it stands and in UTF-8. A change may also say what kind of
/// change it is: a merge patch.
pub fn require_json(parts: &Parts) -> Result<()> {
    let refuse = |code, detail| Err(Error::rejected(Kind::UnsupportedMediaType, code, detail));
    if !matches!(&*said(parts, CONTENT_ENCODING), "" | "identity") {
        return refuse(
            "content_encoding_unsupported",
            "Send the body as it is: not compressed, and without `content-encoding`.",
        );
    }
    let content_type = said(parts, CONTENT_TYPE);
    let mut said = content_type.split(';').map(str::trim);
    match said.next().unwrap_or_default() {
        "application/json" => {}
        "application/merge-patch+json" if parts.method == Method::PATCH => {}
        _ => {
            let detail = "Send the body as JSON, with the header `content-type: application/json`.";
            return refuse("body_not_json", detail);
        }
    }
    let in_utf8 = |charset: &str| matches!(charset.trim().trim_matches('"'), "utf-8" | "utf8");
    let mut charsets =
        said.filter_map(|parameter| parameter.split_once('=').filter(|(name, _)| name.trim() == "charset"));
    if charsets.all(|(_, charset)| in_utf8(charset)) {
        return Ok(());
    }
    refuse("body_not_json", "Send the body in UTF-8: JSON has no other character set.")
}

/// What a header says, in lower case; nothing if it is absent.
fn said(parts: &Parts, name: HeaderName) -> String {
    let values = parts.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",").trim().to_ascii_lowercase()
}

/// Parses a body; a 400 names the field that is wrong.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let holds_nul = holds_nul(bytes);
    if holds_nul {
        refuse_nul(bytes)?;
    }
    let parsed = parse_frame(bytes)?;
    // A body with numbers that no `Value` can hold: where the character stands is not known.
    if holds_nul { Err(has_nul("body".to_owned())) } else { Ok(parsed) }
}

/// Parses a body whose parts are kept as they came, to be parsed one by one: a part that is wrong must not
/// refuse the others.
pub fn parse_frame<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // Some programs begin a text so. RFC 8259 forbids it, and it cannot be seen in an editor.
    let marks = [&b"\xef\xbb\xbf"[..], b"\xfe\xff", b"\xff\xfe"];
    if marks.iter().any(|mark| bytes.starts_with(mark)) {
        let reason = "begins with a byte order mark (BOM): send it in UTF-8, without one";
        return Err(Error::invalid("invalid_json", "body", reason));
    }
    // serde would read a list as an object whose fields come in order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(Error::invalid("invalid_body", "body", "must be a JSON object, not a list"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let is_json = error.inner().classify() == Category::Data;
        invalid(if is_json { "invalid_body" } else { "invalid_json" }, &error)
    })?;
    deserializer.end().map_err(|error| Error::invalid("invalid_json", "body", error.to_string()))?;
    Ok(value)
}

/// For fields that tell `null` from absent: the outer `Option` is absence (with `#[serde(default)]`).
pub fn double_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For fields that may be absent and may not be `null` (with `#[serde(default)]`): a change to nothing is none.
pub fn not_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A value as a type; a 400 of this code names the field that is wrong.
pub fn typed<T: DeserializeOwned>(code: &'static str, value: Value) -> Result<T> {
    serde_path_to_error::deserialize(value).map_err(|error| invalid(code, &error))
}

fn invalid(code: &'static str, error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let message = error.inner().to_string();
    // The position in the text is useless once the field is named.
    let reason = message.rsplit_once(" at line ").map_or(&*message, |(reason, _)| reason);
    Error::invalid(code, field(&error.path().to_string(), &message), without_value(reason))
}

/// serde repeats the text it did not want; it may have been a secret in the wrong place.
fn without_value(reason: &str) -> String {
    for (before, quote) in [
        ("string \"", '"'),
        ("unknown variant `", '`'),
        ("unknown field `", '`'),
        ("integer `", '`'),
        ("floating point `", '`'),
        ("boolean `", '`'),
    ] {
        let end = ["expected", "there are no fields"].iter().find_map(|rest| reason.rfind(&format!("{quote}, {rest}")));
        if let (Some(start), Some(end)) = (reason.find(before), end) {
            return format!("{}{}", &reason[..start + before.len() - 2], &reason[end + 1..]);
        }
    }
    reason.to_owned()
}

/// The path to the wrong field. For one that is missing or doubled serde knows only the object around
/// it; its message has the name.
fn field(path: &str, message: &str) -> String {
    let path = if matches!(path, "." | "?") { "" } else { path };
    let name = ["missing field `", "duplicate field `"].iter().find_map(|start| message.strip_prefix(start));
    let is_unknown = message.starts_with("unknown field `");
    if is_unknown && path.rsplit('.').next().is_some_and(|name| name.len() > LONGEST_FIELD_NAME) {
        return "(unknown)".to_owned();
    }
    match name.and_then(|rest| rest.split('`').next()) {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None if path.is_empty() => "body".to_owned(),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_to_a_nul_is_named() {
        for (body, path) in [
            (r#"{"a":"x\u0000"}"#, Some("a")),
            (r#"{"a":{"b":[1,["\u0000"]]}}"#, Some("a.b[1][0]")),
            (r#"{"a":"\\u0000","b\u0000":1}"#, Some(r"b\u0000")),
            (r#"{"a":"\\\u0000"}"#, Some("a")),
            (r#"{"a":1e400,"b":"\u0000"}"#, Some("body")),
            (r#"{"a":"\\u0000","b":"\\\\u0000"}"#, None),
            (r#"{"a_name_that_may_be_somebodys_password":"\u0000"}"#, Some("(unknown)")),
        ] {
            let parsed = parse::<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>>(body.as_bytes());
            let field = parsed.err().map(|error| match error {
                Error::Rejected(rejection) => rejection.fields[0].field.clone(),
                other => panic!("{other:?}"),
            });
            assert_eq!(field.as_deref(), path, "{body}");
        }
    }

    #[test]
    fn a_value_that_was_not_wanted_is_not_repeated() {
        for (said, kept) in [
            ("invalid type: string \"sec\\\"ret\", expected a map", "invalid type: string, expected a map"),
            ("unknown variant `sec`ret`, expected `active` or `x`", "unknown variant, expected `active` or `x`"),
            ("invalid type: integer `4711`, expected a string", "invalid type: integer, expected a string"),
            ("unknown field `secret`, there are no fields", "unknown field, there are no fields"),
            ("must be an e-mail address", "must be an e-mail address"),
        ] {
            assert_eq!(without_value(said), kept);
        }
    }
}
