// Who is calling: the claims of a bearer token.

import { createRemoteJWKSet, errors, jwtVerify } from "jose";

import { Refusal } from "./answer.mjs";

const issuer = process.env.AUTH0_ISSUER;
// Kept for ten minutes; an unknown key is looked for at most every thirty seconds.
const keys = createRemoteJWKSet(new URL(".well-known/jwks.json", issuer));
const audience = process.env.AUTH0_AUDIENCE;
const rules = { issuer, audience, algorithms: ["RS256"], clockTolerance: 30, requiredClaims: ["exp", "sub"] };

export async function claimsOf(event) {
  const [scheme, token] = (event.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() !== "bearer" || !token) {
    throw new Refusal(401, "unauthorized", "Send an access token.");
  }
  try {
    return (await jwtVerify(token, keys, rules)).payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? new Refusal(401, "unauthorized", "The access token is not good.") : error;
  }
}
