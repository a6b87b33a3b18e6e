// A user as the answers show her: profile, seat, instance and credits.

/** To be continued with `where` and `order by`, about `u`. */
export const SELECT_USERS = `
  select u.*, u.created_at::text as position,
         o.name as owner_name, o.email as owner_email,
         a.hopsworks_cluster_id, a.assigned_at,
         c.name as cluster_name, c.status as cluster_status, c.api_url,
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

export async function findUser(db, id) {
  const found = await db.query(`${SELECT_USERS} where u.id = $1`, [id]);
  return found.rows[0];
}

/** What she sees of herself. */
export function described(row) {
  return {
    id: row.id,
    email: row.email,
    email_verified: row.email_verified,
    name: row.name,
    status: row.status,
    is_admin: row.is_admin,
    login_count: row.login_count,
    last_login_at: row.last_login_at,
    created_at: row.created_at,
    metadata: row.metadata,
    account_owner_id: row.account_owner_id,
    owner: row.account_owner_id && { id: row.account_owner_id, name: row.owner_name, email: row.owner_email },
    ...placeOf(row),
    credits: row.credits_id && totalsOf(row),
  };
}

/** What administrators see. */
export function managed(row) {
  return {
    ...described(row),
    suspended_with_owner: row.suspended_with_owner,
    team_size: row.team_size,
    updated_at: row.updated_at,
    deleted_at: row.deleted_at,
  };
}

/** Where she sits, or since when she waits. */
export function placeOf(row) {
  return {
    assignment: row.hopsworks_cluster_id && {
      cluster_id: row.hopsworks_cluster_id,
      cluster_name: row.cluster_name,
      cluster_status: row.cluster_status,
      api_url: row.api_url,
      assigned_at: row.assigned_at,
    },
    waiting_since: row.waiting_since,
    instance: row.instance_id && {
      id: row.instance_id,
      instance_name: row.instance_name,
      status: row.instance_status,
      hopsworks_url: row.hopsworks_url,
      created_at: row.instance_created_at,
      activated_at: row.instance_activated_at,
    },
  };
}

/** Money and quantities are decimal strings, as `pg` reads them. */
export function totalsOf(row) {
  return {
    balance: row.balance,
    total_purchased: row.total_purchased,
    total_used: row.total_used,
    cpu_hours_used: row.cpu_hours_used,
    gpu_hours_used: row.gpu_hours_used,
    storage_gb_months: row.storage_gb_months,
  };
}
