//! Start-up of `payments`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(payments::NAME, payments::routes(), release::SCHEMA).await
}
