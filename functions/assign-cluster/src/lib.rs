//! `assign-cluster`: who sits on which Hopsworks cluster, the clusters themselves, and users' deployments.

mod api_key;
mod api_url;
mod assign_user;
mod check_hopsworks_cluster;
mod collection;
mod create_deployment;
mod create_hopsworks_cluster;
mod delete_deployment;
mod deployment;
mod get_deployment;
mod get_hopsworks_cluster;
mod hopsworks_account;
mod hopsworks_cluster;
mod list_deployments;
mod list_hopsworks_accounts;
mod list_hopsworks_clusters;
mod provisioning;
mod retry_hopsworks_account;
mod unassign_user;
mod update_deployment;
mod update_hopsworks_cluster;

use shared::app::Routes;

pub const NAME: &str = "assign-cluster";

pub fn routes() -> Routes {
    Routes::new()
        .add(assign_user::operation(), assign_user::assign_user)
        .add(unassign_user::operation(), unassign_user::unassign_user)
        .add(list_hopsworks_clusters::operation(), list_hopsworks_clusters::list_hopsworks_clusters)
        .add(create_hopsworks_cluster::operation(), create_hopsworks_cluster::create_hopsworks_cluster)
        .add(get_hopsworks_cluster::operation(), get_hopsworks_cluster::get_hopsworks_cluster)
        .add(update_hopsworks_cluster::operation(), update_hopsworks_cluster::update_hopsworks_cluster)
        .add(check_hopsworks_cluster::operation(), check_hopsworks_cluster::check_hopsworks_cluster)
        .add(list_hopsworks_accounts::operation(), list_hopsworks_accounts::list_hopsworks_accounts)
        .add(retry_hopsworks_account::operation(), retry_hopsworks_account::retry_hopsworks_account)
        .add(list_deployments::operation(), list_deployments::list_deployments)
        .add(create_deployment::operation(), create_deployment::create_deployment)
        .add(get_deployment::operation(), get_deployment::get_deployment)
        .add(update_deployment::operation(), update_deployment::update_deployment)
        .add(delete_deployment::operation(), delete_deployment::delete_deployment)
}
