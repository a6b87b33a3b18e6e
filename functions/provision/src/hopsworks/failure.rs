//! Why a cluster did not do what it was asked, by who can mend it.

use std::borrow::Cow;

use shared::https::NoAnswer;

const MOST_CHARACTERS: usize = 200;

/// A call that failed. Programs compare the code. The detail is for operators: one line, without key or header.
#[derive(Clone, Debug)]
pub enum Failure {
    /// Whoever runs the cluster, or says how it is reached. No other account on it would fare better.
    Cluster { code: &'static str, detail: String },
    /// Time.
    Later { code: &'static str, detail: String, retry_after_s: Option<u32> },
    /// A person who looks at this account.
    Person { code: Cow<'static, str>, detail: String },
}

impl Failure {
    pub fn cluster(code: &'static str, detail: &str) -> Self {
        Self::Cluster { code, detail: one_line(detail) }
    }

    pub fn later(code: &'static str, detail: &str) -> Self {
        Self::later_by(code, detail, None)
    }

    pub fn later_by(code: &'static str, detail: &str, retry_after_s: Option<u32>) -> Self {
        Self::Later { code, detail: one_line(detail), retry_after_s }
    }

    pub fn person(code: impl Into<Cow<'static, str>>, detail: &str) -> Self {
        Self::Person { code: code.into(), detail: one_line(detail) }
    }

    /// Code and detail.
    pub fn words(&self) -> (&str, &str) {
        match self {
            Self::Cluster { code, detail } | Self::Later { code, detail, .. } => (code, detail),
            Self::Person { code, detail } => (code, detail),
        }
    }
}

impl From<NoAnswer> for Failure {
    fn from(NoAnswer { code, detail, is_of_server }: NoAnswer) -> Self {
        if is_of_server { Self::cluster(code, &detail) } else { Self::later(code, &detail) }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_CHARACTERS).collect()
}
