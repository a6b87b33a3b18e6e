//! Answers as CSV, for whoever asks by `Accept: text/csv`: safe to open in a spreadsheet.

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderValue,
        header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, LINK, VARY},
        request::Parts,
    },
    response::{IntoResponse, Response},
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
        let (mut csv, mut json) = (0, 0);
        for value in parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            for range in value.split(',') {
                let (media_type, weight) = weighed(range);
                match media_type.to_ascii_lowercase().as_str() {
                    "text/csv" => csv = weight,
                    "application/json" => json = weight,
                    _ => {}
                }
            }
        }
        Ok(if csv > json { Self::Csv } else { Self::Json })
    }
}

/// A media range with its weight in thousandths.
fn weighed(range: &str) -> (&str, u32) {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let Some(quality) = quality else { return (media_type, 1000) };
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let thousandths = format!("{whole}{fraction:0<3}").get(..whole.len() + 3).and_then(|digits| digits.parse().ok());
    (media_type, thousandths.unwrap_or(0))
}

/// One cell.
#[derive(Clone, Debug)]
pub enum Cell {
    /// A text of somebody's: what a spreadsheet would take for a formula is made a text by an apostrophe.
    Text(String),
    /// Of our own making: a number, a date, an identifier.
    Plain(String),
    Empty,
}

impl Cell {
    pub fn text(text: &Option<String>) -> Self {
        text.as_ref().map_or(Self::Empty, |text| Self::Text(text.clone()))
    }

    pub fn plain(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }

    fn written(self) -> String {
        match self {
            Self::Text(text) => without_formulas(&text),
            Self::Plain(text) => text,
            Self::Empty => String::new(),
        }
    }
}

/// A spreadsheet takes a cell for a formula by its first character, and where its cells begin hangs on the country:
/// elsewhere a semicolon or a tab ends one.
fn without_formulas(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 1);
    let mut begins = true;
    for character in text.chars() {
        if begins && matches!(character, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') {
            written.push('\'');
        }
        begins = matches!(character, ';' | '\t' | '|');
        written.push(character);
    }
    written
}

/// What can stand in a line of a table.
pub trait Row {
    const COLUMNS: &'static [&'static str];

    /// As many as there are columns.
    fn cells(&self) -> Vec<Cell>;
}

/// A table as CSV (RFC 4180), with a header line.
#[derive(Debug)]
pub struct Csv {
    file_name: &'static str,
    text: Vec<u8>,
    next: Option<String>,
}

impl Csv {
    pub fn of<R: Row>(file_name: &'static str, rows: &[R]) -> Result<Self> {
        let bug = |error: csv::Error| Error::Bug(format!("a CSV: {error}"));
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(R::COLUMNS).map_err(bug)?;
        for row in rows {
            writer.write_record(row.cells().into_iter().map(Cell::written)).map_err(bug)?;
        }
        let text = writer.into_inner().map_err(|error| Error::Bug(format!("a CSV: {error}")))?;
        Ok(Self { file_name, text, next: None })
    }

    /// Where the rows go on, if this answer does not hold them all: in `Link`, as `rel="next"`.
    pub fn continued_at(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
        headers.insert(VARY, HeaderValue::from_static("accept"));
        if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.file_name)) {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        if let Some(value) = self.next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok()) {
            headers.insert(LINK, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_a_spreadsheet_would_run_is_made_a_text() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("\t=1", "'\t'=1"),
            ("a=1", "a=1"),
            ("x;=1+1", "x;'=1+1"),
            ("＝1", "'＝1"),
        ] {
            assert_eq!(Cell::Text(text.to_owned()).written(), written);
        }
        assert_eq!(Cell::plain("-12.50").written(), "-12.50", "an amount stays a number");
    }

    #[test]
    fn weights_are_read_in_thousandths() {
        for (range, weight) in [
            ("text/csv", 1000),
            ("text/csv;q=0.5", 500),
            ("text/csv; q=1.000", 1000),
            ("text/csv;q=0", 0),
            ("text/csv;q=x", 0),
        ] {
            assert_eq!(weighed(range), ("text/csv", weight), "{range}");
        }
    }
}
