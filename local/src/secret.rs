//! The application's secret, for commands and tests: made, written to the emulator, read.

use aws_lc_rs::rand;
use aws_sdk_secretsmanager::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::DisplayErrorContext,
};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::trouble::{Result, Trouble};

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
    let count = keys["keys"].as_object().map_or(0, serde_json::Map::len);
    let id = format!("k{}", count + 1);
    keys["keys"][&id] = json!(new_key());
    keys["current"] = json!(id);
    keys
}

/// The secret as the functions read it.
pub fn app_secret(database_url: &str, webhook_secret: &str, encryption_keys: &Value) -> Value {
    json!({ "database_url": database_url, "webhook_secret": webhook_secret, "encryption_keys": encryption_keys })
}

/// Creates the secret, or makes this its current version and the old one the previous.
pub async fn put(endpoint_url: &str, id: &str, secret: &Value) -> Result<()> {
    let client = emulator(endpoint_url);
    let created = client.create_secret().name(id).secret_string(secret.to_string()).send().await;
    match created.map_err(aws_sdk_secretsmanager::Error::from) {
        Ok(_) => Ok(()),
        Err(aws_sdk_secretsmanager::Error::ResourceExistsException(_)) => {
            let put = client.put_secret_value().secret_id(id).secret_string(secret.to_string()).send().await;
            put.map(drop).map_err(|error| Trouble::new(format!("writing the secret: {}", DisplayErrorContext(&error))))
        }
        Err(error) => Err(Trouble::new(format!("writing the secret: {}", DisplayErrorContext(&error)))),
    }
}

/// The current version of a secret in the emulator.
pub async fn get(endpoint_url: &str, id: &str) -> Result<Value> {
    read(&emulator(endpoint_url), id).await
}

/// The current version of the secret that `APP_SECRET_ID` names, with the operator's own AWS credentials.
#[expect(clippy::disallowed_methods, reason = "an operator's command is told its secret as the functions are")]
pub async fn get_from_aws() -> Result<Value> {
    let id = std::env::var("APP_SECRET_ID").map_err(|_| Trouble::new("set APP_SECRET_ID to the name of the secret"))?;
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    read(&Client::new(&config), &id).await
}

async fn read(client: &Client, id: &str) -> Result<Value> {
    let output = client.get_secret_value().secret_id(id).send().await;
    let output =
        output.map_err(|error| Trouble::new(format!("reading the secret: {}", DisplayErrorContext(&error))))?;
    // serde's message would show what it read.
    let secret = output.secret_string().and_then(|text| serde_json::from_str(text).ok());
    secret.ok_or_else(|| Trouble::new(format!("the secret {id} is not JSON")))
}

/// The emulator takes anybody; real credentials must not be looked for, let alone sent to it.
fn emulator(endpoint_url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "emulator"))
        .endpoint_url(endpoint_url)
        .build();
    Client::from_conf(config)
}
