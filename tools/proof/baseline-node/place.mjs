// A seat for a user who has none. Triggers count it, and make her instance follow.

/** Gives her the seat that is due to her, or lets her wait. She is active, and her row is locked. */
export async function placeUser(db, user) {
  const seated = await db.query("select 1 from user_hopsworks_assignments where user_id = $1", [user.id]);
  if (seated.rowCount > 0) {
    return;
  }
  // An owner sits where the fewest do, a member beside her owner. Whoever loses the last seat to somebody else
  // while she waits for the cluster's row finds none here, and gets hers at the next login.
  const found = await db.query(
    `select id from hopsworks_clusters
     where status = 'active'
       and ($1::text is null
         or id = (select hopsworks_cluster_id from user_hopsworks_assignments where user_id = $1))
     order by current_users, created_at, id
     limit 1
     for update`,
    [user.account_owner_id],
  );
  if (found.rowCount > 0) {
    await db.query("insert into user_hopsworks_assignments (user_id, hopsworks_cluster_id) values ($1, $2)", [
      user.id,
      found.rows[0].id,
    ]);
    return;
  }
  await db.query("update users set waiting_since = now() where id = $1 and waiting_since is null", [user.id]);
  await db.query(
    `insert into instances (user_id, instance_name) values ($1::text, 'hops-' || substr(md5($1::text), 1, 12))
     on conflict (user_id) do update set status = 'provisioning', hopsworks_url = null
     where instances.status = 'stopped'`,
    [user.id],
  );
}
