//! Start-up of `assign-cluster`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), shared::serve::StartError> {
    shared::serve::serve(assign_cluster::NAME, assign_cluster::routes(), release::SCHEMA).await
}
