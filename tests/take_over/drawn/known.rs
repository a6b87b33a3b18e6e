//! The eight tables as the documents have them.

use super::values::Family;

/// A column: its name, what it holds, and how many of a hundred web apps have it.
pub type Known = (&'static str, Family, u32);

const ID: Known = ("id", Family::RowId, 85);
const CREATED: Known = ("created_at", Family::Time, 85);
const UPDATED: Known = ("updated_at", Family::Time, 85);

pub const KNOWN: [(&str, &[Known]); 8] = [
    (
        "users",
        &[
            ("id", Family::User, 100),
            ("email", Family::Address, 100),
            ("name", Family::Name, 85),
            ("is_admin", Family::Flag, 85),
            ("status", Family::UserStatus, 85),
            ("account_owner_id", Family::Account, 85),
            CREATED,
            UPDATED,
            ("last_login_at", Family::Never, 85),
            ("login_count", Family::Count, 85),
            ("metadata", Family::Json, 85),
            // Names that ours have too.
            ("email_verified", Family::Flag, 50),
            ("deleted_at", Family::Never, 15),
            ("is_owner", Family::Flag, 8),
            ("waiting_since", Family::Name, 8),
        ],
    ),
    (
        "user_credits",
        &[
            ID,
            ("user_id", Family::EachUser, 100),
            ("total_purchased", Family::Money, 100),
            ("total_used", Family::Money, 100),
            ("cpu_hours_used", Family::Hours, 85),
            ("gpu_hours_used", Family::Hours, 85),
            ("storage_gb_months", Family::Hours, 85),
            UPDATED,
            ("balance", Family::Money, 15),
        ],
    ),
    (
        "hopsworks_clusters",
        &[
            ("id", Family::ClusterId, 100),
            ("name", Family::Name, 100),
            ("api_url", Family::Url, 100),
            ("api_key", Family::Key, 85),
            ("max_users", Family::Room, 85),
            ("current_users", Family::Count, 85),
            ("status", Family::ClusterStatus, 85),
            ("metadata", Family::Json, 85),
            CREATED,
            UPDATED,
        ],
    ),
    (
        "user_hopsworks_assignments",
        &[
            ID,
            ("user_id", Family::EachUser, 100),
            ("hopsworks_cluster_id", Family::ClusterId, 100),
            ("assigned_at", Family::Time, 85),
        ],
    ),
    (
        "clusters",
        &[
            ID,
            ("user_id", Family::OwnerOfDeployment, 100),
            ("deployment_type", Family::Text, 85),
            ("zone", Family::Text, 85),
            ("status", Family::DeploymentStatus, 85),
            ("hopsworks_project_id", Family::Text, 85),
            ("hopsworks_api_key", Family::Key, 85),
            CREATED,
            UPDATED,
            ("deleted_at", Family::Never, 15),
        ],
    ),
    (
        "instances",
        &[
            ID,
            ("user_id", Family::EachUser, 100),
            ("instance_name", Family::Name, 85),
            ("hopsworks_url", Family::Url, 85),
            ("status", Family::DeploymentStatus, 85),
            CREATED,
            ("activated_at", Family::Never, 85),
            ("deleted_at", Family::Never, 85),
        ],
    ),
    (
        "usage_daily",
        &[
            ID,
            ("user_id", Family::User, 100),
            ("account_owner_id", Family::User, 85),
            ("date", Family::Day, 100),
            ("cpu_hours", Family::Hours, 100),
            ("gpu_hours", Family::Hours, 85),
            ("storage_gb", Family::Hours, 85),
            ("total_cost", Family::Money, 100),
            CREATED,
            ("charged_usd", Family::Name, 8),
            ("updated_at", Family::Time, 15),
        ],
    ),
    (
        "team_invites",
        &[
            ID,
            ("account_owner_id", Family::User, 100),
            ("email", Family::Address, 100),
            ("token", Family::Token, 90),
            ("token_hash", Family::Hash, 20),
            ("expires_at", Family::Expiry, 85),
            ("accepted_at", Family::Never, 85),
            ("accepted_by_user_id", Family::Account, 85),
            CREATED,
            ("withdrawn_at", Family::Never, 15),
        ],
    ),
];
