-- no transaction
-- By the name of an account on a cluster, whose it is.
create index concurrently if not exists hopsworks_accounts_username_idx
  on app.hopsworks_accounts (hopsworks_cluster_id, hopsworks_username) where hopsworks_username is not null;
