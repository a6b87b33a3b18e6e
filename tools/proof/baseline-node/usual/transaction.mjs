// Several queries in one transaction.

import { Refusal } from "../answer.mjs";
import { pool } from "../secret.mjs";

/** Does the work between BEGIN and COMMIT; undoes all of it when it throws. */
export async function transaction(work) {
  const db = await pool.connect();
  let broken;
  try {
    await db.query("begin");
    const result = await work(db);
    await db.query("commit");
    return result;
  } catch (error) {
    await db.query("rollback").catch((failed) => (broken = failed));
    throw error;
  } finally {
    db.release(broken);
  }
}

/** The user of this id, who must be here and active. */
export async function activeUser(db, id, locking = "") {
  const found = await db.query(`select id, status, is_admin, profile_at from users where id = $1 ${locking}`, [id]);
  const [user] = found.rows;
  if (!user) {
    throw new Refusal(403, "account_unknown", "No account belongs to this sign-in yet.");
  }
  if (user.status !== "active") {
    throw new Refusal(403, `account_${user.status}`, `This account is ${user.status}.`);
  }
  return user;
}
