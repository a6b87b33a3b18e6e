// What the Action puts into the access token.
"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const { SECRET, fakeEvent, runLogin, startApi, reply } = require("../fakes.js");

const ANN = { user_id: "auth0|ann", email: "ann@x.io", email_verified: true, name: "Ann" };
const ANNS_CLAIMS = {
  "https://app.example/email": "ann@x.io",
  "https://app.example/email_verified": true,
  "https://app.example/name": "Ann",
};

async function loginAt(t, { user = ANN, secrets = {}, protocol, prompt, api } = {}) {
  const back = await startApi(t, reply(200, "{}"));
  const all = { SYNC_USER_URL: back.url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example", ...secrets };
  const outcome = await runLogin(fakeEvent({ user, secrets: all, protocol, prompt }), api);
  return { ...outcome, requests: back.requests };
}

test("a login puts e-mail, its verification and the name into the token", async (t) => {
  const { claims, requests } = await loginAt(t);
  assert.deepEqual(claims, ANNS_CLAIMS);
  assert.equal(requests.length, 1);
});

test("a refreshed token gets the claims and makes no call", async (t) => {
  const { claims, requests, log } = await loginAt(t, { protocol: "oauth2-refresh-token" });
  assert.deepEqual(claims, ANNS_CLAIMS);
  assert.equal(requests.length, 0);
  assert.deepEqual(log, []);
});

for (const prompt of ["none", ["none"]]) {
  test(`a silent login, prompt ${JSON.stringify(prompt)}, gets the claims and makes no call`, async (t) => {
    const { decision, claims, requests, log } = await loginAt(t, { prompt });
    assert.deepEqual({ decision, claims, log }, { decision: "allow", claims: ANNS_CLAIMS, log: [] });
    assert.equal(requests.length, 0);
  });
}

test("a silent login is known by its transaction too, where the request was pushed", async (t) => {
  const back = await startApi(t, reply(200, "{}"));
  const secrets = { SYNC_USER_URL: back.url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example" };
  const transaction = { protocol: "oidc-basic-profile", prompt: ["none"] };
  const { claims } = await runLogin({ user: ANN, secrets, transaction });
  assert.deepEqual(claims, ANNS_CLAIMS);
  assert.equal(back.requests.length, 0);
});

for (const prompt of [undefined, "", "login", "login consent", "select_account", ["login"], "nonexistent"]) {
  test(`a login with the prompt ${JSON.stringify(prompt)} is reported`, async (t) => {
    const { requests } = await loginAt(t, { prompt });
    assert.equal(requests.length, 1);
  });
}

test("an event without a transaction is a login", async (t) => {
  const back = await startApi(t, reply(200, "{}"));
  const secrets = { SYNC_USER_URL: back.url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE: "https://app.example" };
  const { claims } = await runLogin({ user: ANN, secrets });
  assert.deepEqual(claims, ANNS_CLAIMS);
  assert.equal(back.requests.length, 1);
});

test("an unverified address says so", async (t) => {
  const { claims } = await loginAt(t, { user: { ...ANN, email_verified: false } });
  assert.equal(claims["https://app.example/email_verified"], false);
});

test("what is absent or of the wrong type makes no claim", async (t) => {
  const { claims } = await loginAt(t, { user: { user_id: "sms|1", email: 7, email_verified: "true", name: "" } });
  assert.deepEqual(claims, {});
});

test("a text beyond any real name makes no claim, because a huge token is refused", async (t) => {
  const { claims } = await loginAt(t, { user: { ...ANN, name: "n".repeat(301), email: `${"e".repeat(295)}@x.io` } });
  assert.deepEqual(Object.keys(claims), ["https://app.example/email", "https://app.example/email_verified"]);
});

test("a slash at the end of the namespace is not doubled", async (t) => {
  const { claims } = await loginAt(t, { secrets: { CLAIMS_NAMESPACE: "https://app.example/\n" } });
  assert.deepEqual(claims, ANNS_CLAIMS);
});

test("a missing namespace costs the claims and not the call", async (t) => {
  const { claims, requests, log } = await loginAt(t, { secrets: { CLAIMS_NAMESPACE: undefined } });
  assert.deepEqual(claims, {});
  assert.equal(requests.length, 1);
  assert.deepEqual(log, ["post-login: no claims set: the secret CLAIMS_NAMESPACE is missing"]);
});

test("a claim that Auth0 refuses costs the claims and not the login", async (t) => {
  const accessToken = {
    setCustomClaim() {
      throw new TypeError("refused: ann@x.io");
    },
  };
  const { decision, requests, log } = await loginAt(t, { api: { accessToken } });
  assert.equal(decision, "allow");
  assert.equal(requests.length, 1);
  assert.deepEqual(log, ["post-login: no claims set: TypeError"]);
});
