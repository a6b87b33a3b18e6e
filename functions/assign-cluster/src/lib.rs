//! `assign-cluster`: who sits on which Hopsworks cluster, the clusters themselves, and users' deployments.

mod api_key;
mod assign_user;
mod create_deployment;
mod create_hopsworks_cluster;
mod delete_deployment;
mod deployment;
mod get_deployment;
mod get_hopsworks_cluster;
mod hopsworks_cluster;
mod list_deployments;
mod list_hopsworks_clusters;
mod unassign_user;
mod update_deployment;
mod update_hopsworks_cluster;

use shared::{
    domain::user::Place,
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Operation, Routes, Who},
    },
};

use self::{
    assign_user::Assign, create_deployment::NewDeployment, create_hopsworks_cluster::NewHopsworksCluster,
    deployment::Deployment, hopsworks_cluster::HopsworksCluster, list_hopsworks_clusters::HopsworksClusters,
    update_deployment::DeploymentChanges, update_hopsworks_cluster::HopsworksClusterChanges,
};

pub const NAME: &str = "assign-cluster";

const ADMIN_CLUSTERS: &str = "/api/admin/hopsworks-clusters";
const ADMIN_CLUSTER: &str = "/api/admin/hopsworks-clusters/{id}";
const DEPLOYMENTS: &str = "/api/clusters";
const DEPLOYMENT: &str = "/api/clusters/{id}";

pub fn routes() -> Routes {
    deployments(hopsworks_clusters(seats(Routes::new())))
}

fn seats(routes: Routes) -> Routes {
    routes
        .add(
            Operation::post("/api/clusters/assign", "assign_user", Who::User)
                .says("Gives a user the seat that is due to her; an administrator may name user and cluster")
                .body::<Assign>()
                .answers::<Place>(200)
                .refuses(Kind::Forbidden, &["admin_only"])
                .refuses(Kind::NotFound, &["hopsworks_cluster_unknown", "user_unknown"])
                .refuses(
                    Kind::Conflict,
                    &["hopsworks_cluster_unavailable", "member_follows_owner", "no_free_seat", "user_not_active"],
                ),
            assign_user::assign_user,
        )
        .add(
            Operation::delete("/api/clusters/assign/{user_id}", "unassign_user", Who::Admin)
                .says("Frees a user's seat, and an owner's team's seats with it")
                .answers::<Place>(200)
                .refuses(Kind::NotFound, &["user_unknown"]),
            unassign_user::unassign_user,
        )
}

fn hopsworks_clusters(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get(ADMIN_CLUSTERS, "list_hopsworks_clusters", Who::Admin)
                .says("Hopsworks clusters with their seats, newest first")
                .query::<PageQuery>()
                .answers::<HopsworksClusters>(200),
            list_hopsworks_clusters::list_hopsworks_clusters,
        )
        .add(
            Operation::post(ADMIN_CLUSTERS, "create_hopsworks_cluster", Who::Admin)
                .says("Adds a Hopsworks cluster and seats those who wait")
                .body::<NewHopsworksCluster>()
                .answers::<HopsworksCluster>(201)
                .refuses(Kind::Conflict, &["name_in_use"])
                .refuses(Kind::Invalid, &["metadata_too_large"]),
            create_hopsworks_cluster::create_hopsworks_cluster,
        )
        .add(
            Operation::get(ADMIN_CLUSTER, "get_hopsworks_cluster", Who::Admin)
                .says("One Hopsworks cluster")
                .answers::<HopsworksCluster>(200)
                .refuses(Kind::NotFound, &["hopsworks_cluster_unknown"]),
            get_hopsworks_cluster::get_hopsworks_cluster,
        )
        .add(
            Operation::patch(ADMIN_CLUSTER, "update_hopsworks_cluster", Who::Admin)
                .says("Changes a Hopsworks cluster and seats those who wait if that made room")
                .body::<HopsworksClusterChanges>()
                .answers::<HopsworksCluster>(200)
                .refuses(Kind::NotFound, &["hopsworks_cluster_unknown"])
                .refuses(Kind::Conflict, &["seats_in_use"])
                .refuses(Kind::Invalid, &["metadata_too_large"]),
            update_hopsworks_cluster::update_hopsworks_cluster,
        )
}

fn deployments(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get(DEPLOYMENTS, "list_deployments", Who::User)
                .says("The caller's deployments, newest first")
                .query::<PageQuery>()
                .answers::<Page<Deployment>>(200),
            list_deployments::list_deployments,
        )
        .add(
            Operation::post(DEPLOYMENTS, "create_deployment", Who::User)
                .says("Adds a deployment of the caller's")
                .body::<NewDeployment>()
                .answers::<Deployment>(201),
            create_deployment::create_deployment,
        )
        .add(
            Operation::get(DEPLOYMENT, "get_deployment", Who::User)
                .says("One deployment of the caller's")
                .answers::<Deployment>(200)
                .refuses(Kind::NotFound, &["deployment_unknown"]),
            get_deployment::get_deployment,
        )
        .add(
            Operation::patch(DEPLOYMENT, "update_deployment", Who::User)
                .says("Changes a deployment of the caller's")
                .body::<DeploymentChanges>()
                .answers::<Deployment>(200)
                .refuses(Kind::NotFound, &["deployment_unknown"]),
            update_deployment::update_deployment,
        )
        .add(
            Operation::delete(DEPLOYMENT, "delete_deployment", Who::User)
                .says("Deletes a deployment of the caller's")
                .answers_nothing()
                .refuses(Kind::NotFound, &["deployment_unknown"]),
            delete_deployment::delete_deployment,
        )
}
