// Which answers of the API deny a login, and which let it through.
"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const { SECRET, fakeEvent, runLogin, startApi, reply, problem } = require("../fakes.js");

async function loginAnswered(t, answer, api) {
  const { url, requests } = await startApi(t, answer);
  const secrets = { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example" };
  const user = { user_id: "auth0|ann", email: "ann@x.io" };
  const outcome = await runLogin(fakeEvent({ user, secrets }), api);
  return { ...outcome, requests, log: outcome.log.map((line) => line.replace(/msg_[0-9a-f]{32}/, "msg_ID")) };
}

const SUSPENDED = { code: "account_suspended", detail: "Your account is suspended. Write to support." };

test("our 403 denies with the text of the problem", async (t) => {
  const { decision, reason, log } = await loginAnswered(t, problem(403, SUSPENDED));
  assert.deepEqual({ decision, reason }, { decision: "deny", reason: SUSPENDED.detail });
  assert.deepEqual(log, ["post-login: login denied: account_suspended (msg_ID)"]);
});

test("our 403 denies a deleted account, whatever parameters the content type has", async (t) => {
  const body = JSON.stringify({ code: "account_deleted", detail: "Gone." });
  const { reason } = await loginAnswered(t, reply(403, body, "Application/Problem+JSON; charset=utf-8"));
  assert.equal(reason, "Gone.");
});

test("our 409 for a second identity denies with the text that says how to sign in", async (t) => {
  const detail = "Another account uses this e-mail address. Sign in the way you did before, or use another address.";
  const { decision, reason, log } = await loginAnswered(t, problem(409, { code: "email_in_use", detail }));
  assert.deepEqual({ decision, reason }, { decision: "deny", reason: detail });
  assert.deepEqual(log, ["post-login: login denied: email_in_use (msg_ID)"]);
});

const POOR_DETAILS = [undefined, null, 7, "", "  \n", { text: "no" }];
for (const detail of POOR_DETAILS) {
  test(`our 403 with the detail ${JSON.stringify(detail)} denies with a text a person can read`, async (t) => {
    const { reason } = await loginAnswered(t, problem(403, { code: "account_suspended", detail }));
    assert.equal(reason, "This account can't log in. Please contact support.");
  });
}

test("a long detail is cut without breaking a character", async (t) => {
  const { reason } = await loginAnswered(t, problem(403, { ...SUSPENDED, detail: `${"a".repeat(299)}😀` }));
  assert.equal(reason, `${"a".repeat(299)}\ufffd`);
  // Auth0 puts it into a redirect: half a pair would make this throw.
  encodeURIComponent(reason);
});

function refusedField(field) {
  return problem(400, { code: "invalid_body", errors: [{ field, reason: "must be shorter" }, null, { reason: "?" }] });
}

const LET_THROUGH = [
  ["a gateway's 403", reply(403, '{"message":"Forbidden"}'), "403"],
  ["a gateway's 403 that carries a code like ours", reply(403, JSON.stringify(SUSPENDED)), "403"],
  ["a firewall's 403 page", reply(403, "<html>Forbidden</html>", "text/html"), "403"],
  ["a 403 without a content type", (response) => response.writeHead(403).end(), "403"],
  ["our 403 for another reason", problem(403, { code: "billing_owner_only", detail: "No." }), "403 billing_owner_only"],
  ["our 403 without a code", problem(403, { detail: "No." }), "403"],
  ["our 403 with a code that is no text", problem(403, { code: ["account_suspended"], detail: "No." }), "403"],
  ["our 403 cut in half", reply(403, '{"code":"account_susp', "application/problem+json"), "403"],
  ["a 403 problem that is null", reply(403, "null", "application/problem+json"), "403"],
  ["a code that would forge a log line", problem(500, { code: "x\npost-login: login denied" }), "500"],
  ["a 400", problem(400, { code: "invalid_body" }), "400 invalid_body"],
  ["a 400 that names a field", refusedField("user_id"), "400 invalid_body user_id"],
  ["a 400 with a field that would forge a log line", refusedField("x\npost-login: login denied"), "400 invalid_body"],
  ["a 400 with errors that are none", problem(400, { code: "invalid_body", errors: { field: "name" } }), "400 invalid_body"],
  ["a 401", problem(401, { code: "unauthorized" }), "401 unauthorized"],
  ["a 409", problem(409, { code: "email_taken", detail: "Another identity." }), "409 email_taken"],
  ["a 409 with the code of a suspended account", problem(409, SUSPENDED), "409 account_suspended"],
  ["a 403 with the code of a second identity", problem(403, { code: "email_in_use" }), "403 email_in_use"],
  ["a gateway's 409 with that code", reply(409, '{"code":"email_in_use"}'), "409"],
  ["a 429", reply(429, "{}"), "429"],
  ["a 500", problem(500, { code: "internal_error" }), "500 internal_error"],
  ["a 503", problem(503, { code: "unavailable" }), "503 unavailable"],
];

for (const [what, answer, said] of LET_THROUGH) {
  test(`${what} lets the login through and says so once`, async (t) => {
    const { decision, log } = await loginAnswered(t, answer);
    assert.equal(decision, "allow");
    assert.deepEqual(log, [`post-login: login let through: sync-user answered ${said} (msg_ID)`]);
  });
}

for (const body of ["", "not JSON", '{"code":"account_suspended"}']) {
  test(`a 200 with the body ${JSON.stringify(body)} is a silent success`, async (t) => {
    const { decision, log } = await loginAnswered(t, reply(200, body, "application/problem+json"));
    assert.deepEqual({ decision, log }, { decision: "allow", log: [] });
  });
}

test("a 204 is a silent success", async (t) => {
  const { decision, log } = await loginAnswered(t, (response) => response.writeHead(204).end());
  assert.deepEqual({ decision, log }, { decision: "allow", log: [] });
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} is not followed`, async (t) => {
    const redirect = (response) => response.writeHead(status, { location: "/elsewhere" }).end();
    const { decision, requests, log } = await loginAnswered(t, redirect);
    assert.equal(decision, "allow");
    assert.deepEqual(
      requests.map(({ path }) => path),
      ["/api/auth/sync-user"],
    );
    assert.deepEqual(log, [`post-login: login let through: sync-user answered ${status} (msg_ID)`]);
  });
}

test("a denial that Auth0 refuses does not throw", async (t) => {
  const access = {
    deny() {
      throw new RangeError("refused");
    },
  };
  const { log } = await loginAnswered(t, problem(403, SUSPENDED), { access });
  assert.deepEqual(log, ["post-login: login let through: RangeError (msg_ID)"]);
});
