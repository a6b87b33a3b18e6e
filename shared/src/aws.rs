//! How the AWS SDK is set up: as Lambda says in variables, and with nothing looked for elsewhere.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
    retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_secretsmanager::config::SharedHttpClient;

/// What a service's client is made of. An attempt takes no longer than that, and is repeated so often at most.
pub async fn sdk_config(http_client: SharedHttpClient, attempt: Duration, attempts: u32) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(attempt).operation_attempt_timeout(attempt).build();
    // Lambda says both in variables. Left to itself, the SDK would get ready to look in five more places, at each start.
    aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .region(EnvironmentVariableRegionProvider::new())
        .http_client(http_client)
        .timeout_config(timeouts)
        .retry_config(
            RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(50)),
        )
        .load()
        .await
}
