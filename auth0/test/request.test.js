// What the Action sends, byte by byte.
"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { SECRET, fakeEvent, runLogin, startApi, reply } = require("../fakes.js");

// The receiver's half of Standard Webhooks, written from its text and not from the Action's code.
function expectedSignature({ headers, bytes }) {
  const key = Buffer.from(SECRET.split("_")[1], "base64");
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`), bytes]);
  return `v1,${crypto.createHmac("sha256", key).update(signed).digest("base64")}`;
}

async function requestsOf(t, ...users) {
  const { url, requests } = await startApi(t, reply(200, "{}"));
  const secrets = { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example" };
  for (const user of users) {
    const { decision, log } = await runLogin(fakeEvent({ user, secrets }));
    assert.deepEqual({ decision, log }, { decision: "allow", log: [] });
  }
  return requests;
}

// `fatal`: bytes that are not UTF-8 fail the test instead of turning into question marks.
function bodyOf(request) {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.bytes));
}

const ANN = { user_id: "auth0|ann", email: "ann@x.io", email_verified: true, name: "Ann" };

test("a login is one signed POST", async (t) => {
  const [request, ...others] = await requestsOf(t, ANN);
  assert.deepEqual(others, []);
  assert.equal(request.method, "POST");
  assert.equal(request.path, "/api/auth/sync-user");
  assert.equal(request.headers["content-type"], "application/json");
  assert.match(request.headers["webhook-id"], /^msg_[0-9a-f]{32}$/);
  assert.match(request.headers["webhook-timestamp"], /^\d{10}$/);
  assert.equal(request.headers["webhook-signature"], expectedSignature(request));
  assert.ok(!("authorization" in request.headers));
});

test("the body holds the profile and the time of the login, and nothing else", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.parse("2025-03-01T12:00:07.042Z") });
  const [request] = await requestsOf(t, { ...ANN, picture: "https://x.io/a.png", app_metadata: { plan: "free" } });
  assert.deepEqual(bodyOf(request), { ...ANN, logged_in_at: "2025-03-01T12:00:07.042Z" });
  assert.equal(request.headers["webhook-timestamp"], String(Date.parse("2025-03-01T12:00:07Z") / 1000));
});

test("a user of whom only the id is known sends only the id", async (t) => {
  const [request] = await requestsOf(t, { user_id: "sms|1" });
  const { logged_in_at, ...body } = bodyOf(request);
  assert.deepEqual(body, { user_id: "sms|1" });
  assert.match(logged_in_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("what is of the wrong type is left out", async (t) => {
  const [request] = await requestsOf(t, { user_id: "sms|1", email: { a: 1 }, email_verified: "true", name: 7 });
  assert.deepEqual(Object.keys(bodyOf(request)), ["user_id", "logged_in_at"]);
});

for (const email of ["ann", "a nn@x.io", "ann@x@y.io", "ann@\u0001x.io", "@x.io", "ann@", `${"x".repeat(300)}@x.io`]) {
  test(`the address ${JSON.stringify(email.slice(0, 12))}, which the API refuses, is left out with its verification`, async (t) => {
    const [request] = await requestsOf(t, { ...ANN, email });
    assert.deepEqual(Object.keys(bodyOf(request)), ["user_id", "name", "logged_in_at"]);
  });
}

test("an unverified address is sent as unverified", async (t) => {
  const [request] = await requestsOf(t, { ...ANN, email_verified: false });
  assert.equal(bodyOf(request).email_verified, false);
});

test("each login has its own webhook-id", async (t) => {
  const requests = await requestsOf(t, ANN, ANN, ANN);
  assert.equal(new Set(requests.map(({ headers }) => headers["webhook-id"])).size, 3);
});

const NAMES = [
  ["emoji and accents", "Zoë 👩‍🚀 Ågren 李", "Zoë 👩‍🚀 Ågren 李"],
  ["quotes and backslashes", 'Ann "\\" O\'Neil', 'Ann "\\" O\'Neil'],
  ["line breaks and tabs, which the API refuses,", "\tAnn\r\nO'Neil\u0085", "Ann O'Neil"],
  ["a lone surrogate", "Ann \ud83d!", "Ann \ufffd!"],
  ["surrogates the wrong way round", "\udc00\ud800", "\ufffd\ufffd"],
  ["NUL", "Ann\0", "Ann\ufffd"],
];

for (const [what, name, arrives] of NAMES) {
  test(`a name with ${what} arrives as well-formed, signed UTF-8`, async (t) => {
    const [request] = await requestsOf(t, { ...ANN, name });
    assert.equal(bodyOf(request).name, arrives);
    // No escape may stand for half a pair either: strict JSON parsers refuse it.
    assert.doesNotMatch(request.bytes.toString(), /\\u(d[89a-f]|0000)/i);
    assert.equal(request.headers["webhook-signature"], expectedSignature(request));
  });
}
