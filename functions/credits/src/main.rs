//! Start-up of `credits`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(credits::NAME, credits::routes(), release::SCHEMA).await
}
