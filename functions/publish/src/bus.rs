//! What is asked of EventBridge: to take events.

use std::{iter::repeat_with, time::Duration};

use aws_sdk_eventbridge::{
    Client,
    config::Builder,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::put_events::PutEventsError,
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use chrono::Utc;
use shared::{Error, Result, aws, config::Config, secrets::https};

/// Who tells, for the rules of the bus.
const SOURCE: &str = "back-office";
/// Much shorter than a lease. What fails is tried again later, with others: so not at once.
const ATTEMPT: Duration = Duration::from_secs(5);
/// As EventBridge counts the time of an entry.
const TIME_BYTES: usize = 14;
/// What it answers of a call that is wrong whoever sends it, and whenever.
const OF_ENTRIES: &str = "ValidationException";

/// The bus that the events of this deployment go to.
pub struct Bus {
    client: Client,
    name: String,
}

/// An event as it is sent.
pub struct Entry {
    pub kind: String,
    /// JSON.
    pub detail: String,
    pub occurred_at: chrono::DateTime<Utc>,
}

/// What the bus says of one entry.
pub enum Answer {
    Taken,
    Refused { code: String, detail: String },
    Missing,
}

/// Why a call as a whole was in vain.
pub struct Failure {
    /// For what is in it. Otherwise time mends it, or an operator.
    pub is_of_entries: bool,
    pub code: String,
    pub detail: String,
}

impl Entry {
    /// As EventBridge counts.
    pub fn bytes(&self) -> usize {
        TIME_BYTES + SOURCE.len() + self.kind.len() + self.detail.len()
    }
}

impl Bus {
    pub async fn new(config: &Config) -> Result<Self> {
        let missing = || Error::Unavailable("the environment variable EVENT_BUS_NAME is missing".to_owned());
        let name = config.event_bus_name.clone().ok_or_else(missing)?;
        let aws = aws::sdk_config(https::client(config.secrets_roots)?, ATTEMPT, 1).await;
        let mut builder = Builder::from(&aws);
        builder.set_endpoint_url(config.events_endpoint_url.clone());
        Ok(Self { client: Client::from_conf(builder.build()), name })
    }

    /// Sends ten entries at most; what the bus says of each.
    pub async fn put(&self, entries: &[&Entry]) -> std::result::Result<Vec<Answer>, Failure> {
        let requested = entries.iter().map(|entry| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source(SOURCE)
                .detail_type(&entry.kind)
                .detail(&entry.detail)
                .time(DateTime::from_secs(entry.occurred_at.timestamp()))
                .build()
        });
        let request = self.client.put_events().set_entries(Some(requested.collect()));
        // Boxed: the SDK's futures are large.
        let output = Box::pin(request.send()).await.map_err(|error| failure(&error))?;
        let answers = output.entries.unwrap_or_default().into_iter().map(answer);
        Ok(answers.chain(repeat_with(|| Answer::Missing)).take(entries.len()).collect())
    }
}

fn answer(said: PutEventsResultEntry) -> Answer {
    match (said.event_id, said.error_code) {
        (_, Some(code)) => Answer::Refused { code, detail: said.error_message.unwrap_or_default() },
        (Some(_), None) => Answer::Taken,
        (None, None) => Answer::Missing,
    }
}

fn failure(error: &SdkError<PutEventsError>) -> Failure {
    let code = match error {
        SdkError::ServiceError(said) => said.err().code().unwrap_or("bus_failed"),
        SdkError::TimeoutError(_) => "bus_timed_out",
        SdkError::DispatchFailure(_) => "bus_unreachable",
        _ => "no_answer_of_the_bus",
    };
    Failure {
        is_of_entries: code == OF_ENTRIES,
        code: code.to_owned(),
        detail: DisplayErrorContext(error).to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
