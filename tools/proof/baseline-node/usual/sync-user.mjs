// POST /api/auth/sync-user: a login, reported and signed by the Auth0 Action.
//
// It does less than the function beside which it is measured: an address that nobody verified is not taken away,
// and a team that waits is not seated with its owner.

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { answering, rawBody, Refusal } from "./answer.mjs";
import { refuseInactive } from "./caller.mjs";
import { transaction } from "./database.mjs";
import { placeUser } from "./place.mjs";
import { secret } from "./secret.mjs";
import { described, findUser } from "./user.mjs";

const webhook = new Webhook(secret.webhook_secret);

export const handler = answering((event) => {
  const login = signedLogin(event);
  return transaction((db) => syncUser(db, login, event.headers["webhook-id"]));
});

async function syncUser(db, login, webhookId) {
  const found = await db.query(
    "select id, status, account_owner_id, profile_at from users where id = $1 for update",
    [login.user_id],
  );
  let [user] = found.rows;
  const created = !user;
  if (created) {
    user = await createUser(db, login);
  }
  refuseInactive(user);
  const replayed = !(await countLogin(db, login, webhookId));
  const profile = created ? "stored" : replayed ? "unchanged" : await storeProfile(db, user, login);
  await placeUser(db, user);
  return { ...described(await findUser(db, user.id)), created, replayed, profile };
}

async function createUser(db, login) {
  const made = await db.query(
    `insert into users (id, email, email_verified, name, profile_at) values ($1, $2, $3, $4, $5)
     returning id, status, account_owner_id, profile_at`,
    [login.user_id, login.email, login.email_verified ?? false, login.name, login.logged_in_at],
  );
  await db.query("insert into user_credits (user_id) values ($1)", [login.user_id]);
  await db.query(
    `insert into account_memberships (user_id, effective_on, account_owner_id) values ($1, '-infinity', $1)`,
    [login.user_id],
  );
  return made.rows[0];
}

/** Counts a login once for each `webhook-id`; false when it has been counted. */
async function countLogin(db, login, webhookId) {
  const counted = await db.query(
    `insert into login_events (webhook_id, user_id, logged_in_at) values ($1, $2, $3)
     on conflict (webhook_id) do nothing`,
    [webhookId, login.user_id, login.logged_in_at],
  );
  if (counted.rowCount === 0) {
    return false;
  }
  await db.query(
    `update users set login_count = login_count + 1, last_login_at = greatest(last_login_at, $2) where id = $1`,
    [login.user_id, login.logged_in_at],
  );
  return true;
}

/** An older event never overwrites a newer profile; what the event leaves out stays. */
async function storeProfile(db, user, login) {
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

function signedLogin(event) {
  let login;
  try {
    login = webhook.verify(rawBody(event), event.headers);
  } catch (error) {
    if (error instanceof WebhookVerificationError) {
      throw new Refusal(401, "unauthorized", "The signature is not good.");
    }
    throw new Refusal(400, "invalid_body", "The body must be JSON.");
  }
  if (typeof login?.user_id !== "string" || Number.isNaN(Date.parse(login.logged_in_at))) {
    throw new Refusal(400, "invalid_body", "user_id and logged_in_at are required.");
  }
  return login;
}
