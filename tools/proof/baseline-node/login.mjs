// A login as the Auth0 Action reports and signs it.

import { Webhook } from "standardwebhooks";

import { Refusal } from "./answer.mjs";
import { secret } from "./secret.mjs";

const webhook = new Webhook(secret.webhook_secret);

/** The event, once its signature has been checked. */
export function signedLogin(event) {
  try {
    return { ...webhook.verify(event.body, event.headers), webhook_id: event.headers["webhook-id"] };
  } catch {
    throw new Refusal(401, "unauthorized", "The signature is not good.");
  }
}
