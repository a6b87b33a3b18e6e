//! Why nothing was read.

use serde::Serialize;
use shared::https::NoAnswer;

const MOST_CHARACTERS: usize = 200;

/// A call that gave nothing. Programs compare the code. The detail is for operators: one line, without token or header.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub code: &'static str,
    pub detail: String,
    /// No other hour would fare better.
    #[serde(rename = "is_of_cluster")]
    pub is_of_server: bool,
}

impl Failure {
    pub fn of_server(code: &'static str, detail: &str) -> Self {
        Self { code, detail: one_line(detail), is_of_server: true }
    }

    pub fn of_hour(code: &'static str, detail: &str) -> Self {
        Self { code, detail: one_line(detail), is_of_server: false }
    }
}

impl From<NoAnswer> for Failure {
    fn from(NoAnswer { code, detail, is_of_server }: NoAnswer) -> Self {
        if is_of_server { Self::of_server(code, &detail) } else { Self::of_hour(code, &detail) }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_CHARACTERS).collect()
}
