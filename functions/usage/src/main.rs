//! Start-up of `usage`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(usage::NAME, usage::routes(), release::SCHEMA).await
}
