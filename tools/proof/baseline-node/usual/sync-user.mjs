// POST /api/auth/sync-user: a login, reported and signed by the Auth0 Action.
//
// It does less than the function beside which it is measured: users who are here and have a seat log in, and nobody
// signs up.

import { answering, Refusal } from "../answer.mjs";
import { signedLogin } from "../login.mjs";
import { activeUser, transaction } from "./transaction.mjs";
import { described, SELECT_USERS } from "./user.mjs";

export const handler = answering(async (event) => {
  const login = signedLogin(event);
  return transaction(async (db) => {
    const user = await activeUser(db, login.user_id, "for update");
    const counted = await db.query(
      `insert into login_events (webhook_id, user_id, logged_in_at) values ($1, $2, $3)
       on conflict (webhook_id) do nothing`,
      [login.webhook_id, user.id, login.logged_in_at],
    );
    const replayed = counted.rowCount === 0;
    const profile = replayed ? "unchanged" : await storeLogin(db, user, login);
    const seated = await db.query("select 1 from user_hopsworks_assignments where user_id = $1", [user.id]);
    if (seated.rowCount === 0) {
      throw new Refusal(503, "unavailable", "Seats are not dealt here.");
    }
    const found = await db.query(`${SELECT_USERS} where u.id = $1`, [user.id]);
    return { ...described(found.rows[0]), created: false, replayed, profile };
  });
});

/** An older event never overwrites a newer profile; what the event leaves out stays. */
async function storeLogin(db, user, login) {
  await db.query(
    "update users set login_count = login_count + 1, last_login_at = greatest(last_login_at, $2) where id = $1",
    [user.id, login.logged_in_at],
  );
  if (user.profile_at && new Date(login.logged_in_at) < user.profile_at) {
    return "outdated";
  }
  await db.query(
    `update users
     set email = coalesce($2, email), email_verified = coalesce($3, email_verified), name = coalesce($4, name),
         profile_at = $5
     where id = $1`,
    [user.id, login.email, login.email_verified, login.name, login.logged_in_at],
  );
  return "stored";
}
