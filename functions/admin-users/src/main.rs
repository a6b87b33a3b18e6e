//! Start-up of `admin-users`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(admin_users::NAME, admin_users::routes(), release::SCHEMA).await
}
