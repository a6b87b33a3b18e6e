//! The application's secret: created, read and replaced, in AWS or in the emulator.

use anyhow::{Context, Error, Result, anyhow};
use aws_lc_rs::rand;
use aws_sdk_secretsmanager::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    operation::get_secret_value::GetSecretValueError,
};
use data_encoding::BASE64;
use serde_json::{Value, json};

/// The stage of the version in use, and of the one before it.
pub const CURRENT: &str = "AWSCURRENT";
pub const PREVIOUS: &str = "AWSPREVIOUS";
const DESCRIPTION: &str = "Back office: database address, webhook secrets, encryption keys";

/// 32 random bytes in base64.
fn new_key() -> String {
    let mut key = [0; 32];
    rand::fill(&mut key).expect("the system has randomness");
    BASE64.encode(&key)
}

/// A new `whsec_…` secret of 32 random bytes.
pub fn new_webhook_secret() -> String {
    format!("whsec_{}", new_key())
}

/// A new set of encryption keys, with one key in it.
pub fn new_encryption_keys() -> Value {
    json!({ "current": "k1", "keys": { "k1": new_key() } })
}

/// The same keys and a new one, which encrypts from now on.
pub fn with_another_key(encryption_keys: &Value) -> Value {
    let mut keys = encryption_keys.clone();
    // One more than the greatest number: after a key has been removed, the count of keys may be a taken number.
    let numbers =
        keys["keys"].as_object().into_iter().flatten().filter_map(|(id, _)| id.strip_prefix('k')?.parse().ok());
    let id = format!("k{}", numbers.max().unwrap_or(0_u32) + 1);
    keys["keys"][&id] = json!(new_key());
    keys["current"] = json!(id);
    keys
}

/// The secret as the functions read it.
pub fn app_secret(database_url: &str, webhook_secret: &str, encryption_keys: &Value) -> Value {
    json!({ "database_url": database_url, "webhook_secret": webhook_secret, "encryption_keys": encryption_keys })
}

/// One version of the secret, and its ARN.
pub struct Version {
    pub arn: String,
    pub value: Value,
}

/// The version of a stage (`AWSCURRENT`, `AWSPREVIOUS`); none if there is none.
pub async fn version(client: &Client, id: &str, stage: &str) -> Result<Option<Version>> {
    let output = match client.get_secret_value().secret_id(id).version_stage(stage).send().await {
        Ok(output) => output,
        Err(error) if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) => {
            return Ok(None);
        }
        Err(error) => return Err(refused(&error)).context(format!("reading the secret {id}")),
    };
    // serde's message would show what it read.
    let value = output.secret_string().and_then(|text| serde_json::from_str(text).ok());
    let value = value.ok_or_else(|| anyhow!("the secret {id} is not JSON"))?;
    Ok(Some(Version { arn: output.arn.unwrap_or_default(), value }))
}

/// Creates the secret and returns its ARN.
pub async fn create(client: &Client, id: &str, secret: &Value) -> Result<String> {
    let created =
        client.create_secret().name(id).description(DESCRIPTION).secret_string(secret.to_string()).send().await;
    let created = created.map_err(|error| refused(&error)).context(format!("creating the secret {id}"))?;
    Ok(created.arn.unwrap_or_default())
}

/// Makes this the current version. The current one becomes the previous one, which is lost.
pub async fn replace(client: &Client, id: &str, secret: &Value) -> Result<()> {
    let put = client.put_secret_value().secret_id(id).secret_string(secret.to_string()).send().await;
    put.map(drop).map_err(|error| refused(&error)).context(format!("writing the secret {id}"))
}

/// AWS's error in one line, or what to check if it could not be reached: the SDK's own text is a page of internals.
fn refused<E: std::error::Error + ProvideErrorMetadata + 'static>(error: &SdkError<E>) -> Error {
    if let Some(said) = error.as_service_error() {
        let (code, message) = (said.code().unwrap_or("an error"), said.message().unwrap_or_default());
        return anyhow!("Secrets Manager says {code}: {message}");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let cause = cause.to_string();
    let cause = cause.lines().next().unwrap_or_default().trim_end_matches(" Attempted:");
    let look = "are there credentials (`aws sts get-caller-identity`) and a region (AWS_REGION) in this terminal?";
    anyhow!("Secrets Manager cannot be reached ({cause}); {look}")
}

/// Creates the secret in the emulator, or replaces it.
pub async fn put(endpoint_url: &str, id: &str, secret: &Value) -> Result<()> {
    let client = emulator(endpoint_url);
    match version(&client, id, CURRENT).await? {
        None => create(&client, id, secret).await.map(drop),
        Some(_) => replace(&client, id, secret).await,
    }
}

/// The current version of a secret in the emulator.
pub async fn get(endpoint_url: &str, id: &str) -> Result<Value> {
    current(&emulator(endpoint_url), id).await
}

/// The current version of a secret, with the operator's own AWS credentials.
pub async fn get_from_aws(id: &str) -> Result<Value> {
    current(&aws().await, id).await
}

async fn current(client: &Client, id: &str) -> Result<Value> {
    let version = version(client, id, CURRENT).await?;
    version.map(|version| version.value).ok_or_else(|| anyhow!("there is no secret {id}; `make secrets` creates it"))
}

/// Secrets Manager, with the operator's own credentials and region.
pub async fn aws() -> Client {
    Client::new(&aws_config::defaults(BehaviorVersion::latest()).load().await)
}

/// The emulator takes any credentials; real ones must neither be looked for nor sent to it.
pub fn emulator(endpoint_url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "emulator"))
        .endpoint_url(endpoint_url)
        .build();
    Client::from_conf(config)
}
