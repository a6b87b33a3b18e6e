// Auth0's post-login Action: puts e-mail and name into the access token and tells the back office who logged in.
//
// Auth0 runs it inside the login: a throw fails the login, and there is no retry. So whatever goes wrong here lets
// the user in (the API asks for an active user at every request anyway). Only our API's own "this account may not
// log in" denies, and so does its "you have another account": the sign-in would lead to no account at all.
//
// Secrets of the Action: SYNC_USER_URL, WEBHOOK_SECRET (`whsec_…`) and CLAIMS_NAMESPACE (`https://<app>`).
"use strict";

const crypto = require("crypto");

// Auth0 gives all Actions together 20 s; a person in front of a login page gives less.
const WAIT_MS = 3000;
const MAX_ANSWER_BYTES = 1024 * 1024;
// Auth0's own limit for a name. Claims above 100 KB fail the login, and our API refuses tokens above 8 KiB.
const MAX_TEXT_CHARS = 300;
const MAX_REASON_CHARS = 300;
// Standard Webhooks asks for 24 bytes or more.
const MIN_KEY_BYTES = 24;
const FALLBACK_REASON = "This account can't log in. Please contact support.";

exports.onExecutePostLogin = async (event, api) => {
  try {
    setClaims(event, api);
  } catch (error) {
    log(`no claims set: ${reasonOf(error)}`);
  }
  if (isRenewal(event)) return;
  // Unique for each login: the API counts a repeated id once, and an operator finds the request by it.
  const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
  try {
    await syncUser(id, event, api);
  } catch (error) {
    log(`login let through: ${reasonOf(error)} (${id})`);
  }
};

// A refreshed token and a silent login are no logins, but they are new tokens: they need the claims and no call. Silent
// is `prompt=none`: some pages ask so at each reload, and nobody is there to read a denial.
function isRenewal(event) {
  if (event?.transaction?.protocol === "oauth2-refresh-token") return true;
  return [event?.request?.query?.prompt, event?.transaction?.prompt].flat().includes("none");
}

function setClaims(event, api) {
  const namespace = secretOf(event, "CLAIMS_NAMESPACE").replace(/\/+$/, "");
  for (const [field, value] of Object.entries(profileOf(event.user))) {
    api.accessToken.setCustomClaim(`${namespace}/${field}`, value);
  }
}

async function syncUser(id, event, api) {
  const url = secretOf(event, "SYNC_USER_URL");
  const key = signingKey(secretOf(event, "WEBHOOK_SECRET"));
  const { status, problem } = await post(url, signedRequest(id, key, event.user));
  if (status >= 200 && status < 300) return;
  const code = codeOf(problem);
  if (!denies(status, code)) throw new SyncFailure(`sync-user answered ${answerOf(status, code, problem)}`);
  api.access.deny(denialText(problem.detail));
  log(`login denied: ${code} (${id})`);
}

// A 403 of a gateway or a firewall is about the caller, not about the user: it must not lock everybody out.
function denies(status, code) {
  return (status === 403 && code.startsWith("account_")) || (status === 409 && code === "email_in_use");
}

function signedRequest(id, key, user) {
  const now = new Date();
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const body = JSON.stringify({ user_id: userIdOf(user), ...profileOf(user), logged_in_at: now.toISOString() });
  const signature = crypto.createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
  // A redirect would carry the profile to somebody we have not signed for.
  return { method: "POST", headers, body, redirect: "manual" };
}

// The wait covers connecting, headers and body. It is raced as well as signalled, so that its end does not depend
// on what fetch makes of an abort (nodejs/undici#3644: a signal can get lost in garbage collection).
async function post(url, request) {
  const controller = new AbortController();
  let timer;
  const waited = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new SyncFailure(`sync-user did not answer within ${WAIT_MS} ms`));
      controller.abort();
    }, WAIT_MS);
  });
  try {
    return await Promise.race([exchange(url, { ...request, signal: controller.signal }), waited]);
  } finally {
    clearTimeout(timer);
  }
}

// The body is read to its end even when nobody needs it: that keeps the connection usable for the next login.
async function exchange(url, request) {
  const response = await fetch(url, request);
  const text = await boundedText(response.body);
  return { status: response.status, problem: problemOf(response.headers.get("content-type"), text) };
}

// Judged while it comes: more than this is no answer of ours, and the Action has little memory.
async function boundedText(body) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new SyncFailure(`sync-user answered more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function problemOf(contentType, text) {
  const mediaType = (contentType ?? "").split(";")[0].trim().toLowerCase();
  if (mediaType !== "application/problem+json") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Only text in the shape of our codes, because it is logged.
function codeOf(problem) {
  return typeof problem?.code === "string" && /^[a-z_]{1,64}$/.test(problem.code) ? problem.code : "";
}

// With the names of the fields that are wrong: an operator sees which value of whose profile must change.
function answerOf(status, code, problem) {
  const errors = Array.isArray(problem?.errors) ? problem.errors : [];
  const fields = errors.map((error) => error?.field).filter((field) => typeof field === "string" && /^[a-z_]{1,64}$/.test(field));
  return [status, code, ...fields].filter((part) => part !== "").join(" ");
}

// Auth0 sends this to the application as `error_description`, and the web app shows it.
function denialText(detail) {
  if (typeof detail !== "string" || detail.trim() === "") return FALLBACK_REASON;
  return wellFormed(detail.trim().slice(0, MAX_REASON_CHARS));
}

// What Auth0 knows about the user in the form that the API takes: a value that it would refuse would make every
// login of that user a failed sync. That an address is verified says nothing without the address.
function profileOf(user) {
  const profile = {};
  const email = textOf(user?.email);
  if (/^[^@\s\p{Cc}]+@[^@\s\p{Cc}]+$/u.test(email)) {
    profile.email = email;
    if (typeof user.email_verified === "boolean") profile.email_verified = user.email_verified;
  }
  const name = textOf(user?.name).replaceAll(/\p{Cc}+/gu, " ").trim();
  if (name !== "") profile.name = name;
  return profile;
}

function textOf(value) {
  return typeof value === "string" && value.length <= MAX_TEXT_CHARS ? wellFormed(value) : "";
}

// Identity is taken to the letter or not at all: repairing an id could turn one user into another.
function userIdOf(user) {
  const id = user?.user_id;
  if (typeof id !== "string" || id === "") throw new SyncFailure("the event has no user_id");
  if (id !== wellFormed(id) || /\p{Cc}/u.test(id))
    throw new SyncFailure("the user_id holds what cannot be stored; map another attribute to it in the connection");
  return id;
}

// Half a surrogate pair has no UTF-8 form (JSON parsers refuse its escape) and PostgreSQL can't store NUL: either
// would make every login of that user a failed sync. (Not `toWellFormed`: Auth0's Node 18 hasn't got it.)
function wellFormed(text) {
  return Buffer.from(text, "utf8").toString("utf8").replaceAll("\0", "\uFFFD");
}

function secretOf(event, name) {
  const value = event?.secrets?.[name];
  if (typeof value !== "string" || value.trim() === "") throw new SyncFailure(`the secret ${name} is missing`);
  return value.trim();
}

// Node decodes base64 leniently: a mistyped secret would sign every request with a wrong key. Hence the way back.
function signingKey(secret) {
  const encoded = secret.startsWith("whsec_") ? secret.slice("whsec_".length) : "";
  const key = Buffer.from(encoded, "base64");
  if (key.length < MIN_KEY_BYTES || key.toString("base64") !== encoded) {
    throw new SyncFailure("the secret WEBHOOK_SECRET is malformed");
  }
  return key;
}

// An error whose text is ours, so it can be logged.
class SyncFailure extends Error {}

// Texts of other errors may quote the URL or a header: of those only the kind is logged.
function reasonOf(error) {
  if (error instanceof SyncFailure) return error.message;
  const code = error?.cause?.code ?? error?.code;
  return [error?.name ?? typeof error, typeof code === "string" ? code : ""].join(" ").trim();
}

function log(text) {
  console.log(`post-login: ${text}`);
}
