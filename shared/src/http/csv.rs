//! Answers as CSV, where `Accept: text/csv` asks for them: safe to open in a spreadsheet.

use axum::{
    http::{
        HeaderValue, Uri,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK},
    },
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, Serializer};

use crate::{
    domain::time::AnsweredTime,
    error::{Error, Result},
};

/// A person's text in a cell. Where a spreadsheet would read it as a formula, an apostrophe keeps it a text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&without_formulas(&self.0))
    }
}

/// A time in a cell, with its offset in digits.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Time(AnsweredTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.0.to_rfc3339())
    }
}

/// A spreadsheet knows a formula by the first character of a cell. In some countries a semicolon or a tab separates
/// cells, too.
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

/// A table as CSV (RFC 4180), with a header line.
#[derive(Debug)]
pub struct Csv {
    file_name: &'static str,
    text: Vec<u8>,
    next: Option<String>,
}

impl Csv {
    /// Each row is a line, and each field of a row a column of its name.
    pub fn of<R: Serialize + Default>(file_name: &'static str, rows: &[R]) -> Result<Self> {
        let text = if rows.is_empty() { written(&[R::default()]).map(header_alone) } else { written(rows) };
        let text = text.map_err(|error| Error::Bug(format!("a CSV: {error}")))?;
        Ok(Self { file_name, text, next: None })
    }

    /// Where the rows go on, if this answer does not hold them all: in `Link`, as `rel="next"`. It asks for what was
    /// asked for, from there on.
    pub fn continued_at(mut self, asked: &Uri, cursor: Option<String>) -> Self {
        self.next = cursor.map(|cursor| {
            // Pairs of texts can always be read and written.
            let mut pairs: Vec<(String, String)> =
                serde_urlencoded::from_str(asked.query().unwrap_or_default()).unwrap_or_default();
            pairs.retain(|(name, _)| name != "cursor");
            pairs.push(("cursor".to_owned(), cursor));
            format!("{}?{}", asked.path(), serde_urlencoded::to_string(pairs).unwrap_or_default())
        });
        self
    }
}

fn written<R: Serialize>(rows: &[R]) -> csv::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// The names of fields hold no line ends.
fn header_alone(mut text: Vec<u8>) -> Vec<u8> {
    let header = text.iter().take_while(|byte| **byte != b'\n').count();
    text.truncate(header + 1);
    text
}

impl IntoResponse for Csv {
    fn into_response(self) -> Response {
        let mut response = self.text.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
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
    use chrono::DateTime;
    use rust_decimal::Decimal;

    use super::*;
    use crate::domain::money::Money;

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
            assert_eq!(without_formulas(text), written);
        }
    }

    #[derive(Default, Serialize)]
    struct Row {
        name: Option<Text>,
        amount: Money,
        at: Option<Time>,
    }

    #[test]
    fn a_table_without_rows_has_its_header() {
        assert_eq!(Csv::of::<Row>("rows.csv", &[]).unwrap().text, b"name,amount,at\r\n");
    }

    #[test]
    fn an_amount_stays_a_number_and_what_is_not_there_is_empty() {
        let row = Row { name: Some(Text("=1".to_owned())), amount: Money(Decimal::new(-1250, 2)), at: None };
        assert_eq!(Csv::of("rows.csv", &[row]).unwrap().text, b"name,amount,at\r\n'=1,-12.50,\r\n");
        let row = Row { at: Some(Time(AnsweredTime(DateTime::UNIX_EPOCH))), ..Row::default() };
        assert_eq!(Csv::of("rows.csv", &[row]).unwrap().text, b"name,amount,at\r\n,0,1970-01-01T00:00:00+00:00\r\n");
    }

    #[test]
    fn the_next_page_is_asked_for_as_this_one_was() {
        for (asked, next) in [
            ("/x", "/x?cursor=n"),
            ("/x?cursor=a&limit=2", "/x?limit=2&cursor=n"),
            (
                "/x?email=a%2Bb%40c.io&metadata=%7B%22a%22%3A%22%26%3C%C3%AB%22%7D",
                "/x?email=a%2Bb%40c.io&metadata=%7B%22a%22%3A%22%26%3C%C3%AB%22%7D&cursor=n",
            ),
            ("/x?a=1&a=2&b", "/x?a=1&a=2&b=&cursor=n"),
        ] {
            let csv = Csv::of::<Row>("rows.csv", &[]).unwrap();
            let csv = csv.continued_at(&asked.parse().unwrap(), Some("n".to_owned()));
            let response = csv.into_response();
            assert_eq!(response.headers()[LINK], format!("<{next}>; rel=\"next\""));
        }
    }
}
