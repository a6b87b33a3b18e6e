//! `POST /api/usage`: up to 1,000 absolute readings, each with a result of its own.

use axum::extract::{FromRequest, Request, State};
use chrono::SecondsFormat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use shared::{
    App, Error, Result,
    auth::caller::UsageWriter,
    domain::time::AnsweredTime,
    http::{
        body::{self, Json},
        routes::{Access, Operation},
    },
};

use crate::reading::{GoodReading, Reading, ReadingRejection, RejectionCode};

const MOST_READINGS: usize = 1000;

/// Readings as they came: each is read by itself, because one that is wrong must not refuse the others.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// 1 to 1,000.
    #[schemars(with = "Vec<Reading>", length(min = 1, max = 1000))]
    readings: Vec<Box<RawValue>>,
}

impl FromRequest<App> for Batch {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let bytes = body::read(body, body::LIMIT_BYTES).await?;
        body::require_json(&parts)?;
        let batch: Self = body::parse_frame(&bytes)?;
        if !(1..=MOST_READINGS).contains(&batch.readings.len()) {
            return Err(Error::invalid("invalid_body", "readings", "must hold 1 to 1,000 readings"));
        }
        Ok(batch)
    }
}

/// What became of a batch.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct RecordedUsage {
    created: u32,
    unchanged: u32,
    revised: u32,
    rejected: u32,
    /// One for each reading, in their order.
    results: Vec<ReadingResult>,
    /// The accounts that pay for what this batch holds and that have nothing left, nor anything that they may overdraw.
    exhausted_accounts: Vec<String>,
}

/// What became of a reading; why, if it was refused.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReadingResult {
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<RejectionCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Created,
    Unchanged,
    Revised,
    Rejected,
}

/// What SQL says of the readings that it got.
#[derive(Deserialize)]
struct Found {
    results: Vec<ResultFromSql>,
    exhausted_accounts: Vec<String>,
}

#[derive(Deserialize)]
struct ResultFromSql {
    index: usize,
    result: Outcome,
    code: Option<RejectionCode>,
    overlaps: Option<Window>,
    charged_until: Option<AnsweredTime>,
}

/// The window of another reading.
#[derive(Deserialize)]
struct Window {
    window_start: AnsweredTime,
    window_end: AnsweredTime,
}

pub fn operation() -> Operation {
    Operation::post("/api/usage", "record_usage", Access::Machine("usage:write"))
        .summary(
            "Records up to 1,000 readings; each has a result of its own, and one that is refused leaves the others",
        )
        .body::<Batch>()
        .responds::<RecordedUsage>(200)
}

pub async fn record_usage(caller: UsageWriter, State(app): State<App>, batch: Batch) -> Result<Json<RecordedUsage>> {
    let (mut good, mut results) = (Vec::new(), Vec::new());
    for (index, raw) in batch.readings.iter().enumerate() {
        match GoodReading::parse(index, raw) {
            Ok(reading) => good.push(reading),
            Err(rejection) => results.push((index, rejection.into())),
        }
    }
    let found: Found = app.db.call("record_usage", &caller.with(json!({ "readings": good }))).await?;
    results.extend(found.results.into_iter().map(|found| (found.index, found.into())));
    results.sort_unstable_by_key(|(index, _)| *index);
    let mut recorded = RecordedUsage { exhausted_accounts: found.exhausted_accounts, ..RecordedUsage::default() };
    for (_, result) in results {
        recorded.add(result);
    }
    Ok(Json(recorded))
}

impl RecordedUsage {
    fn add(&mut self, result: ReadingResult) {
        *match result.result {
            Outcome::Created => &mut self.created,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Revised => &mut self.revised,
            Outcome::Rejected => &mut self.rejected,
        } += 1;
        self.results.push(result);
    }
}

impl From<ReadingRejection> for ReadingResult {
    fn from(rejection: ReadingRejection) -> Self {
        Self {
            result: Outcome::Rejected,
            code: Some(rejection.code),
            field: Some(rejection.field),
            reason: Some(rejection.reason),
        }
    }
}

impl From<ResultFromSql> for ReadingResult {
    fn from(found: ResultFromSql) -> Self {
        let (field, reason) = found.code.map(RejectionCode::field_and_reason).unzip();
        let written = |AnsweredTime(at): AnsweredTime| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let reason = reason.map(|reason| match (found.overlaps, found.charged_until) {
            (Some(Window { window_start, window_end }), _) => {
                format!("{reason}: the one from {} to {}", written(window_start), written(window_end))
            }
            (None, Some(until)) => format!("{reason}, up to {}", written(until)),
            (None, None) => reason.to_owned(),
        });
        Self { result: found.result, code: found.code, field: field.map(str::to_owned), reason }
    }
}
