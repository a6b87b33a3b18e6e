//! Start-up of `sync-user`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(sync_user::NAME, sync_user::routes(), release::SCHEMA).await
}
