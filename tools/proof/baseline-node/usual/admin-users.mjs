// GET /api/admin/users: a page of users, newest first.

import { answering } from "./answer.mjs";
import { adminOf, claimsOf } from "./caller.mjs";
import { transaction } from "./database.mjs";
import { pageOf, windowOf } from "./page.mjs";
import { managed, SELECT_USERS } from "./user.mjs";

export const handler = answering(async (event) => {
  const claims = await claimsOf(event);
  const { limit, after } = windowOf(event);
  return transaction(async (db) => {
    await adminOf(db, claims);
    const found = await db.query(
      `${SELECT_USERS}
       where $2::timestamptz is null or (u.created_at, u.id) < ($2, $3)
       order by u.created_at desc, u.id desc
       limit $1 + 1`,
      [limit, ...after],
    );
    return pageOf(found.rows, limit, managed);
  });
});
