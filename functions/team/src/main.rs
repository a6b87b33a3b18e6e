//! Start-up of `team`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(team::NAME, team::routes(), release::SCHEMA).await
}
