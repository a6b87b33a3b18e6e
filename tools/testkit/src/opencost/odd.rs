//! Answers that are not what an hour was: each was seen of a real server, or of a gateway before one.

use axum::{
    body::Body,
    http::header::{CONTENT_TYPE, LOCATION},
    response::Response,
};
use fastrand::Rng;

use super::{
    allocation::{Allocation, UNMOUNTED},
    hours::{Step, Used},
    number::scientific,
    pieces::Pieces,
};

pub const ERROR: &str = r#"{"code":500,"data":null,"message":"Error: error computing allocation: query failed"}"#;
/// Larger than an answer ever is.
const MEBIBYTES: usize = 33;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Odd {
    /// `[{}]`: as an hour that was never set.
    NotThere,
    /// `[null]`
    NullStep,
    /// `null`
    NoData,
    /// `[]`
    NoSteps,
    /// Status 200, and nothing.
    EmptyBody,
    /// Status 200, and this.
    Body(String),
    /// Only the first namespaces, so many of them.
    Partial(usize),
    /// Of this namespace there are no numbers, as the server writes what is none: null.
    NaN(String),
    /// This namespace has been there for less than no time.
    Negative(String),
    /// `-0` for what is nothing.
    NegativeZero,
    Error500,
    /// An error with status 200.
    Code500InBody,
    /// A login page with status 200.
    Html200,
    /// To a login page on the same server.
    Redirect302,
    /// It begins well and is longer than anybody reads. It does not say how long it is.
    TooLong,
    /// The connection ends in the middle of the answer.
    Cut,
    /// The answer is of the hour before the one that was asked for.
    OtherWindow,
    /// One more than was asked for.
    TwoSteps,
    /// Namespaces of two clusters in one.
    SeveralClusters,
    /// Only volumes that nobody has claimed, as when pods were not to be had.
    OnlyUnmounted,
    /// The same amounts, unrounded and with an exponent (`2.5e+00`, `1e-07`).
    Exponent,
    /// The first namespace has used more than there is.
    HugeNumber,
}

/// What passes by itself, for answers at random: none of them looks like an hour.
const PASSING: [Odd; 10] = [
    Odd::NotThere,
    Odd::NullStep,
    Odd::NoData,
    Odd::NoSteps,
    Odd::EmptyBody,
    Odd::Error500,
    Odd::Code500InBody,
    Odd::Html200,
    Odd::Redirect302,
    Odd::Cut,
];

impl Odd {
    pub fn passing(rng: &mut Rng) -> Self {
        PASSING[rng.usize(..PASSING.len())].clone()
    }

    /// The answer of one that does not look at what was used.
    pub fn instead(&self) -> Option<Response> {
        Some(match self {
            Self::NoData => json(200, r#"{"code":200,"data":null}"#),
            Self::NoSteps => json(200, r#"{"code":200,"data":[]}"#),
            Self::EmptyBody => json(200, ""),
            Self::Body(body) => json(200, body.clone()),
            Self::Error500 => json(500, ERROR),
            Self::Code500InBody => json(200, ERROR),
            Self::Html200 => of_kind(200, "text/html", "<html><body><form>Log in</form></body></html>"),
            Self::Redirect302 => {
                let mut response = of_kind(302, "text/html", "<a href=\"/oauth2/start\">Found</a>.\n");
                response.headers_mut().insert(LOCATION, "/oauth2/start".parse().expect("a header"));
                response
            }
            Self::TooLong => json(200, Pieces::long(r#"{"code":200,"data":[{"#, MEBIBYTES)),
            _ => return None,
        })
    }

    /// Changes what is answered of a step.
    pub fn distort(&self, allocations: &mut Vec<Allocation>, step: Step) {
        match self {
            Self::NotThere => allocations.clear(),
            Self::Partial(left) => allocations.truncate(*left),
            Self::OnlyUnmounted => {
                let pv_byte_hours = allocations.iter().map(|allocation| allocation.used.pv_byte_hours).sum();
                *allocations = vec![Allocation::new(UNMOUNTED, Used { pv_byte_hours, ..Used::default() }, step)];
            }
            Self::HugeNumber => {
                if let Some(first) = allocations.first_mut() {
                    first.cpu_hours = "1e+300".to_owned();
                }
            }
            _ => allocations.iter_mut().for_each(|allocation| self.distort_one(allocation)),
        }
    }

    fn distort_one(&self, of: &mut Allocation) {
        match self {
            Self::NaN(namespace) if *namespace == of.namespace => {
                for number in [&mut of.cpu_hours, &mut of.gpu_hours, &mut of.pv_byte_hours, &mut of.minutes] {
                    *number = "null".to_owned();
                }
            }
            Self::Negative(namespace) if *namespace == of.namespace => {
                (of.cpu_hours, of.minutes) = ("-0.00008".to_owned(), "-0.05".to_owned());
            }
            Self::NegativeZero => {
                let numbers = [&mut of.cpu_hours, &mut of.gpu_hours, &mut of.pv_byte_hours];
                for number in numbers.into_iter().filter(|number| *number == "0") {
                    *number = "-0".to_owned();
                }
            }
            Self::Exponent => {
                of.cpu_hours = scientific(of.used.cpu_hours);
                of.gpu_hours = scientific(of.used.gpu_hours);
                of.pv_byte_hours = scientific(of.used.pv_byte_hours);
            }
            Self::SeveralClusters => of.is_of_several_clusters = true,
            _ => {}
        }
    }
}

pub fn json(status: u16, body: impl Into<Body>) -> Response {
    of_kind(status, "application/json", body)
}

pub fn of_kind(status: u16, kind: &str, body: impl Into<Body>) -> Response {
    Response::builder().status(status).header(CONTENT_TYPE, kind).body(body.into()).expect("our own answer")
}
