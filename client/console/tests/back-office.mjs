/** What the tests tell the API themselves: whatever is not the story, but its beginning. */

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";

export const CONSOLE_URL = process.env.CONSOLE_URL;
/** What the console itself is told. */
const { api_url, auth0 } = await (await fetch(`${CONSOLE_URL}/config.json`)).json();
export const API_URL = api_url;

/** Whoever has a button at the local issuer: an account owner, a member of their team, an administrator. */
export const [ANN, BOB, ADA] = ["ann@example.com", "bob@example.com", "admin@example.com"];

/** An address that nobody has had. */
export const newcomer = (name) => `${name}-${randomUUID().slice(0, 8)}@example.com`;

/** As the local issuer names them. */
export const idOf = (email) => `auth0|${email.split("@")[0]}`;

/** As the administrator, unless it says otherwise. */
export async function call(method, path, { token, body, key } = {}) {
  const response = await fetch(API_URL + path, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await administrator())}`,
      ...(body && { "content-type": "application/json" }),
      ...(key && { "idempotency-key": key }),
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

let administratorsToken;
const administrator = () => (administratorsToken ??= tokenOf(ADA));

/** Somebody's token, got as web apps get it. */
export async function tokenOf(email) {
  const verifier = randomBytes(32).toString("base64url");
  const [{ domain, client_id, audience }, redirect_uri] = [auth0, `${CONSOLE_URL}/`];
  const asked = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: "code",
    audience,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  const body = new URLSearchParams({ email });
  const found = await fetch(`${domain}/authorize?${asked}`, { method: "POST", body, redirect: "manual" });
  const code = new URL(found.headers.get("location")).searchParams.get("code");
  const exchange = { grant_type: "authorization_code", client_id, code, code_verifier: verifier, redirect_uri };
  const answer = await fetch(`${domain}/oauth/token`, { method: "POST", body: new URLSearchParams(exchange) });
  return (await answer.json()).access_token;
}

/** Somebody who has signed in before. */
export async function known(name) {
  const email = newcomer(name);
  const token = await tokenOf(email);
  await call("POST", "/api/auth/me", { token });
  return { email, token, id: idOf(email) };
}

export const user = (id) => call("GET", `/api/admin/users/${encodeURIComponent(id)}`);
export const changeUser = (id, body) => call("PATCH", `/api/admin/users/${encodeURIComponent(id)}`, { body });

async function clusters() {
  const { items, waiting_users } = await call("GET", "/api/admin/hopsworks-clusters");
  return { named: Object.fromEntries(items.map((cluster) => [cluster.name, cluster])), waiting: waiting_users };
}

export async function cluster(name) {
  return (await clusters()).named[name];
}

const changeCluster = ({ id }, body) => call("PATCH", `/api/admin/hopsworks-clusters/${id}`, { body });

/** Seats for all who wait, and for as many as a test brings along. */
export async function makeRoom() {
  const { named, waiting } = await clusters();
  await changeCluster(named.demo, { max_users: named.demo.current_users + waiting + 10 });
  await changeCluster(named.second, { max_users: named.second.current_users + 5 });
}

/** Nobody finds a seat any more. */
export async function fillUp() {
  for (const full of Object.values((await clusters()).named)) await changeCluster(full, { max_users: full.current_users });
}

export const adjust = (user_id, amount, reason) =>
  call("POST", "/api/credits/adjustments", { key: randomUUID(), body: { user_id, amount, reason } });

/** What happens each night: days of grace end, among others. */
export async function dailyWork() {
  const response = await fetch(`${API_URL}/2015-03-31/functions/upkeep/invocations`, { method: "POST", body: "{}" });
  assert.ok(response.ok, `upkeep: ${response.status}`);
}
