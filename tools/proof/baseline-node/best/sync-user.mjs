// POST /api/auth/sync-user: a login, reported and signed by the Auth0 Action.

import { answering } from "../answer.mjs";
import { signedLogin } from "../login.mjs";
import { call } from "./call.mjs";

export const handler = answering(async (event) => {
  const { body } = await call("sync_user", { input: signedLogin(event) }, "answer::text as body");
  return body;
});
