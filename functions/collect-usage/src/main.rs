//! Start-up of `collect-usage`.

use shared::config::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve_scheduled(collect_usage::NAME, collect_usage::run, release::SCHEMA, Login::Collector).await
}
