// GET /api/clusters: the caller's deployments. POST /api/clusters/assign: the seat that is due to her.

import { answering, Refusal } from "./answer.mjs";
import { callerOf, claimsOf } from "./caller.mjs";
import { transaction } from "./database.mjs";
import { pageOf, windowOf } from "./page.mjs";
import { placeUser } from "./place.mjs";
import { findUser, placeOf } from "./user.mjs";

const ROUTES = { "GET /api/clusters": listDeployments, "POST /api/clusters/assign": assignCluster };

export const handler = answering(async (event) => {
  const route = ROUTES[`${event.requestContext.http.method} ${event.rawPath}`];
  if (!route) {
    throw new Refusal(404, "not_found", "There is nothing at this address.");
  }
  return route(event, await claimsOf(event));
});

function listDeployments(event, claims) {
  const { limit, after } = windowOf(event);
  return transaction(async (db) => {
    const caller = await callerOf(db, claims);
    const found = await db.query(
      `select id, deployment_type, zone, status, hopsworks_project_id,
              hopsworks_api_key is not null as has_hopsworks_api_key, created_at, updated_at,
              created_at::text as position
       from clusters
       where user_id = $2 and status <> 'deleted'
         and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
       order by created_at desc, id desc
       limit $1 + 1`,
      [limit, caller.id, ...after],
    );
    return pageOf(found.rows, limit, ({ position, ...deployment }) => deployment);
  });
}

function assignCluster(_event, claims) {
  return transaction(async (db) => {
    const caller = await callerOf(db, claims);
    await db.query("select 1 from users where id = $1 for update", [caller.id]);
    await placeUser(db, caller);
    const row = await findUser(db, caller.id);
    return { user_id: row.id, account_owner_id: row.account_owner_id, ...placeOf(row) };
  });
}
