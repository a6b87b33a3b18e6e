// A user as the answers show them: profile, seat, instance and credits.

/** About `u`; to be continued with `where` and `order by`. `position` has the microseconds that a Date would lose. */
export const SELECT_USERS = `
  select u.*, u.created_at::text as position, o.name as owner_name, o.email as owner_email,
         a.hopsworks_cluster_id, a.assigned_at, c.name as cluster_name, c.status as cluster_status, c.api_url,
         i.id as instance_id, i.instance_name, i.status as instance_status, i.hopsworks_url,
         i.created_at as instance_created_at, i.activated_at as instance_activated_at,
         uc.id as credits_id, uc.balance, uc.total_purchased, uc.total_used,
         trim_scale(uc.cpu_hours_used) as cpu_hours_used, trim_scale(uc.gpu_hours_used) as gpu_hours_used,
         trim_scale(uc.storage_gb_months) as storage_gb_months,
         (select count(*)::integer from users m where m.account_owner_id = u.id) as team_size
  from users u
  left join users o on o.id = u.account_owner_id
  left join user_hopsworks_assignments a on a.user_id = u.id
  left join hopsworks_clusters c on c.id = a.hopsworks_cluster_id
  left join instances i on i.user_id = u.id
  left join user_credits uc on uc.user_id = u.id and u.account_owner_id is null`;

/** What users see of themselves. Money and quantities are decimal strings, as `pg` reads them. */
export function described(row) {
  return {
    ...only(row, "id", "email", "email_verified", "name", "status", "is_admin", "login_count", "last_login_at"),
    ...only(row, "created_at", "metadata", "account_owner_id", "waiting_since"),
    owner: row.account_owner_id && { id: row.account_owner_id, name: row.owner_name, email: row.owner_email },
    assignment: row.hopsworks_cluster_id && {
      cluster_id: row.hopsworks_cluster_id,
      ...only(row, "cluster_name", "cluster_status", "api_url", "assigned_at"),
    },
    instance: row.instance_id && {
      id: row.instance_id,
      ...only(row, "instance_name", "hopsworks_url"),
      status: row.instance_status,
      created_at: row.instance_created_at,
      activated_at: row.instance_activated_at,
    },
    credits:
      row.credits_id &&
      only(row, "balance", "total_purchased", "total_used", "cpu_hours_used", "gpu_hours_used", "storage_gb_months"),
  };
}

/** What administrators see. */
export function managed(row) {
  return { ...described(row), ...only(row, "suspended_with_owner", "team_size", "updated_at", "deleted_at") };
}

function only(row, ...names) {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}
