//! Start-up of `upkeep`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve_scheduled(upkeep::NAME, upkeep::run, release::SCHEMA).await
}
