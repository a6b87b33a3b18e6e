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
    domain::user::Placement,
    error::Kind,
    http::{
        page::{Page, PageQuery},
        routes::{Access, Operation, Routes},
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
            Operation::post("/api/clusters/assign", "assign_user", Access::User)
                .summary("Gives a user the seat that is due to her; an administrator may name user and cluster")
                .body::<Assign>()
                .responds::<Placement>(200)
                .errors(Kind::Forbidden, &["admin_only"])
                .errors(Kind::NotFound, &["hopsworks_cluster_unknown", "user_unknown"])
                .errors(
                    Kind::Conflict,
                    &["hopsworks_cluster_unavailable", "member_follows_owner", "no_free_seat", "user_not_active"],
                ),
            assign_user::assign_user,
        )
        .add(
            Operation::delete("/api/clusters/assign/{user_id}", "unassign_user", Access::Admin)
                .summary("Frees a user's seat, and an owner's team's seats with it")
                .responds::<Placement>(200)
                .errors(Kind::NotFound, &["user_unknown"]),
            unassign_user::unassign_user,
        )
}

fn hopsworks_clusters(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get(ADMIN_CLUSTERS, "list_hopsworks_clusters", Access::Admin)
                .summary("Hopsworks clusters with their seats, newest first")
                .query::<PageQuery>()
                .responds::<HopsworksClusters>(200),
            list_hopsworks_clusters::list_hopsworks_clusters,
        )
        .add(
            Operation::post(ADMIN_CLUSTERS, "create_hopsworks_cluster", Access::Admin)
                .summary("Adds a Hopsworks cluster and seats those who wait")
                .body::<NewHopsworksCluster>()
                .responds::<HopsworksCluster>(201)
                .errors(Kind::Conflict, &["name_in_use"])
                .errors(Kind::Invalid, &["metadata_too_large"]),
            create_hopsworks_cluster::create_hopsworks_cluster,
        )
        .add(
            Operation::get(ADMIN_CLUSTER, "get_hopsworks_cluster", Access::Admin)
                .summary("One Hopsworks cluster")
                .responds::<HopsworksCluster>(200)
                .errors(Kind::NotFound, &["hopsworks_cluster_unknown"]),
            get_hopsworks_cluster::get_hopsworks_cluster,
        )
        .add(
            Operation::patch(ADMIN_CLUSTER, "update_hopsworks_cluster", Access::Admin)
                .summary("Changes a Hopsworks cluster and seats those who wait if that made room")
                .body::<HopsworksClusterChanges>()
                .responds::<HopsworksCluster>(200)
                .errors(Kind::NotFound, &["hopsworks_cluster_unknown"])
                .errors(Kind::Conflict, &["seats_in_use"])
                .errors(Kind::Invalid, &["metadata_too_large"]),
            update_hopsworks_cluster::update_hopsworks_cluster,
        )
}

fn deployments(routes: Routes) -> Routes {
    routes
        .add(
            Operation::get(DEPLOYMENTS, "list_deployments", Access::User)
                .summary("The caller's deployments, newest first")
                .query::<PageQuery>()
                .responds::<Page<Deployment>>(200),
            list_deployments::list_deployments,
        )
        .add(
            Operation::post(DEPLOYMENTS, "create_deployment", Access::User)
                .summary("Adds a deployment of the caller's")
                .body::<NewDeployment>()
                .responds::<Deployment>(201),
            create_deployment::create_deployment,
        )
        .add(
            Operation::get(DEPLOYMENT, "get_deployment", Access::User)
                .summary("One deployment of the caller's")
                .responds::<Deployment>(200)
                .errors(Kind::NotFound, &["deployment_unknown"]),
            get_deployment::get_deployment,
        )
        .add(
            Operation::patch(DEPLOYMENT, "update_deployment", Access::User)
                .summary("Changes a deployment of the caller's")
                .body::<DeploymentChanges>()
                .responds::<Deployment>(200)
                .errors(Kind::NotFound, &["deployment_unknown"]),
            update_deployment::update_deployment,
        )
        .add(
            Operation::delete(DEPLOYMENT, "delete_deployment", Access::User)
                .summary("Deletes a deployment of the caller's")
                .responds_no_content()
                .errors(Kind::NotFound, &["deployment_unknown"]),
            delete_deployment::delete_deployment,
        )
}
