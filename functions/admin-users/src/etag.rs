//! `If-Match`: a change only of what the caller has seen.

use axum::{
    extract::FromRequestParts,
    http::{header::IF_MATCH, request::Parts},
};
use serde::Serialize;
use shared::{Error, Result};

/// The strong tags of `If-Match`, one of which must be current. Empty without the header and for `*`: what does not
/// exist is a 404 anyway.
#[derive(Debug, Serialize)]
pub struct IfMatch(Option<Vec<String>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let lines: Vec<&[u8]> = parts.headers.get_all(IF_MATCH).iter().map(|value| value.as_bytes()).collect();
        if lines.is_empty() {
            return Ok(Self(None));
        }
        let line = lines.join(&b',');
        match std::str::from_utf8(&line).map(str::trim) {
            Ok("*") => Ok(Self(None)),
            line => line.ok().and_then(strong_tags).map(|tags| Self(Some(tags))).ok_or_else(|| {
                Error::invalid("invalid_if_match", "If-Match", "must be `*`, or the `ETag` of an earlier answer")
            }),
        }
    }
}

/// Reads a list of tags. Weak ones are left out: they never match.
fn strong_tags(list: &str) -> Option<Vec<String>> {
    let (mut tags, mut rest) = (Vec::new(), list);
    while !rest.is_empty() {
        let quoted = rest.strip_prefix("W/").unwrap_or(rest);
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if tag.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return None;
        }
        if quoted == rest {
            tags.push(format!("\"{tag}\""));
        }
        rest = after.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',')?.trim_start();
        }
    }
    (!list.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::strong_tags;

    #[test]
    fn strong_tags_of_a_list_are_read_and_weak_ones_left_out() {
        let one = |tag: &str| Some(vec![format!("\"{tag}\"")]);
        assert_eq!(strong_tags(r#""a""#), one("a"));
        assert_eq!(strong_tags(r#"W/"a""#), Some(Vec::new()));
        assert_eq!(strong_tags(r#"W/"a" , "b""#), one("b"));
        assert_eq!(strong_tags(r#""a,b""#), one("a,b"));
        assert_eq!(strong_tags(r#""a","b""#).map(|tags| tags.len()), Some(2));
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for list in ["", "a", "\"a", "w/\"a\"", "\"a\" \"b\"", "\"a b\"", "*, \"a\""] {
            assert_eq!(strong_tags(list), None, "{list}");
        }
    }
}
