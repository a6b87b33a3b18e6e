// The command that developers and the demo use.
"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const path = require("node:path");
const { execFile } = require("node:child_process");
const { SECRET, startApi, reply, problem } = require("../fakes.js");

const SCRIPT = path.join(__dirname, "..", "simulate-login.js");

function simulate(env, ...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? error.code : 0, stdout, stderr });
    });
  });
}

function environment(url) {
  return { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example" };
}

test("an allowed login is printed as one object", async (t) => {
  const { url, requests } = await startApi(t, reply(200, '{"assignment":null}'));
  const { exitCode, stdout } = await simulate(
    environment(url),
    "--sub",
    "auth0|ann",
    "--email",
    "a@x.io",
    "--name",
    "Ann",
  );
  const { request, ...rest } = JSON.parse(stdout);
  assert.equal(exitCode, 0);
  assert.deepEqual(rest, {
    decision: "allow",
    claims: {
      "https://app.example/email": "a@x.io",
      "https://app.example/email_verified": true,
      "https://app.example/name": "Ann",
    },
    response: { status: 200, body: { assignment: null } },
    log: [],
  });
  assert.equal(request.method, "POST");
  assert.equal(request.url, url);
  assert.deepEqual(request.body, JSON.parse(requests[0].bytes));
  assert.equal(request.headers["webhook-id"], requests[0].headers["webhook-id"]);
});

test("neither the signature nor the secret is printed", async (t) => {
  const { url, requests } = await startApi(t, reply(200, "{}"));
  const { stdout, stderr } = await simulate(environment(url), "--sub", "auth0|ann");
  const signature = requests[0].headers["webhook-signature"];
  assert.equal(JSON.parse(stdout).request.headers["webhook-signature"], `${signature.slice(0, 11)}…`);
  assert.ok(!(stdout + stderr).includes(signature));
  assert.ok(!(stdout + stderr).includes(SECRET.slice(6)));
});

test("a denied login is printed with its reason", async (t) => {
  const { url } = await startApi(t, problem(403, { code: "account_suspended", detail: "Suspended." }));
  const { exitCode, stdout } = await simulate(
    environment(url),
    "--sub",
    "auth0|ann",
    "--email",
    "a@x.io",
    "--unverified",
  );
  const { decision, reason, claims, response } = JSON.parse(stdout);
  assert.equal(exitCode, 0);
  assert.deepEqual({ decision, reason }, { decision: "deny", reason: "Suspended." });
  assert.equal(claims["https://app.example/email_verified"], false);
  assert.equal(response.status, 403);
});

test("an API that is down gives a request without an answer", async (t) => {
  const { url, stop } = await startApi(t, reply(200, "{}"));
  await stop();
  const { stdout } = await simulate(environment(url), "--sub", "auth0|ann");
  const { decision, request, response, log } = JSON.parse(stdout);
  assert.deepEqual({ decision, response }, { decision: "allow", response: null });
  assert.equal(request.url, url);
  assert.match(log.join("\n"), /ECONNREFUSED/);
});

test("without configuration nothing is sent, and the log names what is missing", async () => {
  const { stdout } = await simulate({}, "--sub", "auth0|ann");
  const { request, response, log } = JSON.parse(stdout);
  assert.deepEqual({ request, response }, { request: null, response: null });
  assert.match(log.join("\n"), /CLAIMS_NAMESPACE is missing[^]*SYNC_USER_URL is missing/);
});

for (const args of [[], ["--sub"], ["--sub", ""], ["--sub", "auth0|ann", "--nickname", "A"]]) {
  test(`the command line ${JSON.stringify(args)} is refused with the usage`, async () => {
    const { exitCode, stdout, stderr } = await simulate({}, ...args);
    assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: "" });
    assert.match(stderr, /usage: simulate-login\.js --sub ID/);
  });
}
