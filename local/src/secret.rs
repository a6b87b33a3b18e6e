//! Writing the application's secret to the emulator of Secrets Manager.

use aws_lc_rs::rand;
use aws_sdk_secretsmanager::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::DisplayErrorContext,
};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::trouble::{Result, Trouble};

/// A new `whsec_…` secret of 32 random bytes.
pub fn new_webhook_secret() -> String {
    let mut key = [0; 32];
    rand::fill(&mut key).expect("the system has randomness");
    format!("whsec_{}", BASE64.encode(&key))
}

/// The secret as the functions read it.
pub fn app_secret(database_url: &str, webhook_secret: &str) -> Value {
    json!({ "database_url": database_url, "webhook_secret": webhook_secret })
}

/// Creates the secret, or makes this its current version and the old one the previous.
pub async fn put(endpoint_url: &str, id: &str, secret: &Value) -> Result<()> {
    // The emulator takes anybody; real credentials must not be looked for, let alone sent to it.
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "emulator"))
        .endpoint_url(endpoint_url)
        .build();
    let client = Client::from_conf(config);
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
