// Logs a made-up user in through the real Action and prints what happened as one JSON object.
//
//   SYNC_USER_URL=… WEBHOOK_SECRET=… CLAIMS_NAMESPACE=… \
//     node auth0/simulate-login.js --sub 'auth0|ann' [--email ann@x.io] [--name Ann] [--unverified] [--silent]
//
// Exit code 0 for "allow" and for "deny" (both are answers), 2 for a wrong command line.
"use strict";

const { parseArgs } = require("node:util");
const { fakeEvent, runLogin } = require("./fakes.js");

const OPTIONS = {
  sub: { type: "string" },
  email: { type: "string" },
  name: { type: "string" },
  unverified: { type: "boolean", default: false },
  silent: { type: "boolean", default: false },
};

main();

async function main() {
  const options = readOptions();
  const traffic = recordFetch();
  const { SYNC_USER_URL, WEBHOOK_SECRET, CLAIMS_NAMESPACE } = process.env;
  const secrets = { SYNC_USER_URL, WEBHOOK_SECRET, CLAIMS_NAMESPACE };
  const { log, ...outcome } = await runLogin(fakeEvent({ user: userOf(options), secrets, prompt: options.silent ? "none" : undefined }));
  console.log(JSON.stringify({ ...outcome, ...traffic, log }, null, 2));
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!values.sub) throw new Error("--sub is missing");
    return values;
  } catch (error) {
    console.error(`${error.message}\nusage: simulate-login.js --sub ID [--email E] [--name N] [--unverified] [--silent]`);
    process.exit(2);
  }
}

function userOf({ sub, email, name, unverified }) {
  const user = { user_id: sub, name };
  return email === undefined ? user : { ...user, email, email_verified: !unverified };
}

// Records the one request of the Action and its answer; both stay null when it never came to them.
function recordFetch() {
  const traffic = { request: null, response: null };
  const realFetch = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    traffic.request = { method: init.method, url, headers: shown(init.headers), body: readable(init.body) };
    const response = await realFetch(url, init);
    traffic.response = { status: response.status, body: null };
    const text = await response.text();
    traffic.response.body = readable(text);
    // The body can be read once only, so the Action gets a copy. (Some statuses allow no body, not even an empty one.)
    return new Response(text || null, { status: response.status, headers: response.headers });
  };
  return traffic;
}

// A signature is good for five minutes: not something to leave in a terminal's history.
function shown(headers) {
  return { ...headers, "webhook-signature": `${headers["webhook-signature"].slice(0, 11)}…` };
}

function readable(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
