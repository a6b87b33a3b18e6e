//! The parameters of a question, their defaults, and what is said of bad ones. Unknown ones are ignored.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use url::form_urlencoded;

use super::hours::Step;

pub struct Query {
    pub window: Step,
    /// The last one is not cut where the window ends.
    pub steps: Vec<Step>,
    /// All steps are answered as one.
    pub accumulates: bool,
    pub includes_idle: bool,
    /// Keys are `cluster/namespace`.
    pub by_cluster: bool,
}

impl Query {
    /// The error is the body of a 400.
    pub fn parse(query: &str) -> Result<Self, String> {
        let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parameter = |name: &str| {
            let mut named = parameters.iter().filter(|(known, _)| known == name);
            named.next().map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let (asked, is_true) =
            (parameter("window"), |name| ["true", "TRUE", "True", "t", "T", "1"].contains(&parameter(name)));
        let window = window(asked).ok_or_else(|| format!("Invalid 'window' parameter: illegal window: {asked}\n"))?;
        let accumulates = is_true("accumulate");
        let step = match parameter("step") {
            "" => window.end - window.start,
            asked => duration(asked).ok_or_else(|| format!("Invalid 'step' parameter: illegal step: {asked}\n"))?,
        };
        let starts = std::iter::successors(Some(window.start), |start| start.checked_add_signed(step));
        let starts = starts.take_while(|start| *start < window.end);
        let steps =
            if accumulates { vec![window] } else { starts.map(|start| Step { start, end: start + step }).collect() };
        let by_cluster = parameter("aggregate") != "namespace";
        Ok(Self { window, steps, accumulates, includes_idle: is_true("includeIdle"), by_cluster })
    }
}

/// Two moments, as RFC 3339 in UTC to the second, or in seconds of Unix. What depends on the time of the question (`1h`,
/// `today`) is taken by the real one, and is none here.
fn window(text: &str) -> Option<Step> {
    let seconds = |text: &str| DateTime::from_timestamp(text.parse::<u32>().ok()?.into(), 0);
    let pair = text.split_once(',').and_then(|(start, end)| Some((moment(start)?, moment(end)?)));
    let unix = || text.split_once([',', '-']).and_then(|(start, end)| Some((seconds(start)?, seconds(end)?)));
    pair.or_else(unix).map(|(start, end)| Step { start, end })
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let is_of_form = text.len() == "2026-01-01T00:00:00Z".len();
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok().filter(|_| is_of_form);
    parsed.map(|moment| moment.and_utc())
}

/// `1h`, `60m`, `1h0m0s`, `day`.
fn duration(text: &str) -> Option<TimeDelta> {
    let mut rest = match text {
        "hour" => "1h",
        "day" => "1d",
        "week" => "1w",
        _ => text,
    };
    let mut seconds = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        seconds = rest[..digits].parse::<i64>().ok()?.checked_mul(unit)?.checked_add(seconds)?;
        rest = &rest[digits + 1..];
    }
    TimeDelta::try_seconds(seconds).filter(|step| *step > TimeDelta::zero())
}
