//! Start-up of `publish`.

use shared::config::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve_scheduled(publish::NAME, publish::run, release::SCHEMA, Login::Publisher).await
}
