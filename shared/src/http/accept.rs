//! Which form of an answer the caller wants: JSON, or CSV where `Accept: text/csv` asks for it.

use axum::{
    extract::FromRequestParts,
    http::{header::ACCEPT, request::Parts},
};

use crate::error::{Error, Result};

/// What the caller wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let values = parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
        // Of two that are wanted as much, the one that is named is meant. Whoever wants neither gets JSON.
        let is_csv = wanted(&ranges, "text/csv") > wanted(&ranges, "application/json");
        Ok(if is_csv { Self::Csv } else { Self::Json })
    }
}

/// How much a media type is wanted, in thousandths; and how closely it is named. The range that names it most closely
/// decides, also that it is not wanted at all.
fn wanted(ranges: &[&str], media_type: &str) -> (u32, u8) {
    let (kind, _) = media_type.split_once('/').unwrap_or_default();
    let closeness = |range: &str| match range.to_ascii_lowercase() {
        range if range == media_type => Some(2),
        range if range.strip_suffix("/*") == Some(kind) => Some(1),
        range if range == "*/*" => Some(0),
        _ => None,
    };
    let weighed = ranges.iter().map(|range| weighed(range));
    let matching = weighed.filter_map(|(range, weight)| closeness(range).map(|closeness| (closeness, weight)));
    match matching.max() {
        Some((_, 0)) | None => (0, 0),
        Some((closeness, weight)) => (weight, closeness),
    }
}

/// A media range with its weight in thousandths; one that cannot be read has none.
fn weighed(range: &str) -> (&str, u32) {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let named =
        |part: &'_ str| part.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q")).is_some();
    let Some(quality) = parts.find(|part| named(part)) else { return (media_type, 1000) };
    let quality = quality.split_once('=').unwrap_or_default().1.trim();
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let is_quality =
        matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths = format!("{whole}{fraction:0<3}").parse().unwrap_or(0);
    (media_type, if is_quality && thousandths <= 1000 { thousandths } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_in_thousandths() {
        for (range, weight) in [
            ("text/csv", 1000),
            ("text/csv;q=0.5", 500),
            ("text/csv; q=1.000", 1000),
            ("text/csv; header=present; Q = 0.001", 1),
            ("text/csv;q=0", 0),
            ("text/csv;q=x", 0),
            ("text/csv;q=", 0),
            ("text/csv;q=1.5", 0),
            ("text/csv;q=0.0001", 0),
            ("text/csv;q=\u{661}", 0),
        ] {
            assert_eq!(weighed(range), ("text/csv", weight), "{range}");
        }
    }

    #[test]
    fn csv_is_for_those_who_want_it_more_than_json() {
        let is_csv = |accept: &str| {
            let ranges: Vec<&str> = accept.split(',').collect();
            wanted(&ranges, "text/csv") > wanted(&ranges, "application/json")
        };
        for accept in [
            "text/csv",
            "TEXT/CSV",
            "text/*",
            "text/csv, */*",
            "text/csv, application/json;q=0.9",
            "text/csv;q=0.2, application/json;q=0.1",
            "application/json;q=0, */*",
            "text/csv;q=0.5, */*;q=0.1",
            "application/*;q=0.1, */*;q=0.2",
        ] {
            assert!(is_csv(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/json",
            "text/csv, application/json",
            "text/csv;q=0",
            "text/csv;q=0, */*",
            "text/csv;q=0, text/*",
            "text/*;q=0.5, application/*",
            "text/csv;q=0.5, */*",
            "application/json, text/plain, */*",
            "text/html",
            "text",
            "*/*;q=0, text/csv;q=0",
        ] {
            assert!(!is_csv(accept), "{accept}");
        }
    }
}
