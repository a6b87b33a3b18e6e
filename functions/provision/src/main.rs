//! Start-up of `provision`.

use shared::config::Login;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve_scheduled(provision::NAME, provision::run, release::SCHEMA, Login::Provisioner).await
}
