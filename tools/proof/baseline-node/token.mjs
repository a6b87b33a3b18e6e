// Who is calling: the claims of a bearer token, and the user whom they name.

import { createRemoteJWKSet, errors, jwtVerify } from "jose";

import { Refusal } from "./answer.mjs";

const issuer = process.env.AUTH0_ISSUER;
const audience = process.env.AUTH0_AUDIENCE;
// Kept for ten minutes; an unknown key is looked for at most every thirty seconds.
const keys = createRemoteJWKSet(new URL(".well-known/jwks.json", issuer));
const rules = { issuer, audience, algorithms: ["RS256"], clockTolerance: 30, requiredClaims: ["exp", "sub"] };

export async function claimsOf(event) {
  const [scheme, token] = (event.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) {
    throw new Refusal(401, "unauthorized", "Send an access token.");
  }
  try {
    return (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      throw new Refusal(401, "unauthorized", "The access token is not good.");
    }
    throw error;
  }
}

/** A machine with this permission. */
export async function machineWith(event, permission) {
  const claims = await claimsOf(event);
  if (!claims.sub.endsWith("@clients") || !claims.permissions?.includes(permission)) {
    throw new Refusal(403, "permission_missing", `The token lacks the permission ${permission}.`);
  }
  return claims;
}

/** The user whom the claims name, if she is here and active. */
export async function callerOf(db, claims) {
  const found = await db.query("select id, status, is_admin, account_owner_id from users where id = $1", [claims.sub]);
  const [user] = found.rows;
  if (!user) {
    throw new Refusal(403, "account_unknown", "No account belongs to this sign-in yet.");
  }
  refuseInactive(user);
  return user;
}

export async function adminOf(db, claims) {
  const user = await callerOf(db, claims);
  if (!user.is_admin) {
    throw new Refusal(403, "admin_only", "Only an administrator may do this.");
  }
  return user;
}

export function refuseInactive(user) {
  if (user.status !== "active") {
    throw new Refusal(403, `account_${user.status}`, `This account is ${user.status}.`);
  }
}
