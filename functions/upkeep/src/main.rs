//! Start-up of `upkeep`.

use shared::config::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve_scheduled(upkeep::NAME, upkeep::run, release::SCHEMA, Login::Api).await
}
