// GET /api/admin/users: a page of users, newest first.

import { answering, cursorOf, limitOf, Refusal } from "../answer.mjs";
import { claimsOf } from "../token.mjs";
import { activeUser, transaction } from "./transaction.mjs";
import { managed, SELECT_USERS } from "./user.mjs";

export const handler = answering(async (event) => {
  const { sub } = await claimsOf(event);
  const limit = limitOf(event);
  return transaction(async (db) => {
    const user = await activeUser(db, sub);
    if (!user.is_admin) {
      throw new Refusal(403, "admin_only", "Only an administrator may do this.");
    }
    const { rows } = await db.query(`${SELECT_USERS} order by u.created_at desc, u.id desc limit $1 + 1`, [limit]);
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : null;
    return { items: items.map(managed), next_cursor: cursorOf(last && { created_at: last.position, id: last.id }) };
  });
});
