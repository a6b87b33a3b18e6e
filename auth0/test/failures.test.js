// An API that is silent, gone or wrongly configured: the login goes through, and the log says why without a secret.
"use strict";

const test = require("node:test");
const assert = require("node:assert/strict");
const { SECRET, fakeEvent, runLogin, startApi, reply } = require("../fakes.js");

const ANN = { user_id: "auth0|ann", email: "ann@x.io", email_verified: true, name: "Ann" };
const CLAIMS_NAMESPACE = "https://app.example";
const WAIT_OVER = "sync-user did not answer within 3000 ms";
// Only for a broken Action, which would hang here for ever.
const LIMIT = { timeout: 10_000 };

async function loginWith(secrets, user = ANN) {
  const { decision, log } = await runLogin(fakeEvent({ user, secrets }));
  return { decision, log: log.map((line) => line.replace(/ \(msg_[0-9a-f]{32}\)$/, "")) };
}

function letThrough(why) {
  return { decision: "allow", log: [`post-login: login let through: ${why}`] };
}

// The clock stands still until a test moves it, so nobody waits and nothing depends on how fast the machine is.
function stopClock(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return (ms) => t.mock.timers.tick(ms);
}

test("an API that never answers is waited for 3 s", LIMIT, async (t) => {
  const pass = stopClock(t);
  const { url } = await startApi(t, () => pass(3000));
  assert.deepEqual(
    await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE }),
    letThrough(WAIT_OVER),
  );
});

test("an API that answers just before 3 s are over is heard", LIMIT, async (t) => {
  const pass = stopClock(t);
  const { url } = await startApi(t, (response) => {
    pass(2999);
    response.writeHead(200).end("{}");
  });
  const outcome = await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE });
  assert.deepEqual(outcome, { decision: "allow", log: [] });
});

for (const status of [200, 403]) {
  test(`half a body of a ${status} and then silence is waited for no longer`, LIMIT, async (t) => {
    const pass = stopClock(t);
    const { url } = await startApi(t, (response) => {
      response.writeHead(status, { "content-type": "application/problem+json", "content-length": 1000 });
      response.write('{"code":"account_suspended",');
    });
    const realFetch = globalThis.fetch;
    t.mock.method(globalThis, "fetch", async (...request) => {
      const response = await realFetch(...request);
      // The headers are here: the wait ends while the Action reads the body.
      setImmediate(() => pass(3000));
      return response;
    });
    assert.deepEqual(
      await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE }),
      letThrough(WAIT_OVER),
    );
  });
}

test("an answer without end is given up, not collected", LIMIT, async (t) => {
  let sent = 0;
  const { url } = await startApi(t, (response) => {
    const chunk = Buffer.alloc(64 * 1024, " ");
    const more = () => {
      while (!response.destroyed && sent < 256 * 1024 * 1024) {
        sent += chunk.length;
        if (!response.write(chunk)) return response.once("drain", more);
      }
      response.end();
    };
    response.writeHead(200);
    more();
  });
  assert.deepEqual(
    await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE }),
    letThrough("sync-user answered more than 1048576 bytes"),
  );
  assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes`);
});

test(
  "the wait ends even when fetch does not hear the abort, and the request is aborted when it does",
  LIMIT,
  async (t) => {
    const pass = stopClock(t);
    let signal;
    t.mock.method(globalThis, "fetch", (_, init) => {
      signal = init.signal;
      setImmediate(() => pass(3000));
      return new Promise(() => {});
    });
    const secrets = { SYNC_USER_URL: "http://127.0.0.1:1/", WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE };
    assert.deepEqual(await loginWith(secrets), letThrough(WAIT_OVER));
    assert.equal(signal.aborted, true);
  },
);

test("after an answer no timer is left that keeps the process or rejects later", LIMIT, async (t) => {
  const pass = stopClock(t);
  const { url } = await startApi(t, reply(200, "{}"));
  let signal;
  const realFetch = globalThis.fetch;
  t.mock.method(globalThis, "fetch", (address, init) => {
    signal = init.signal;
    return realFetch(address, init);
  });
  await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE });
  pass(60_000);
  assert.equal(signal.aborted, false);
});

test("a refused connection lets the login through", async (t) => {
  const { url, stop } = await startApi(t, reply(200, "{}"));
  await stop();
  const outcome = await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE });
  assert.deepEqual(outcome, letThrough("TypeError ECONNREFUSED"));
});

test("a connection that breaks lets the login through", async (t) => {
  const { url } = await startApi(t, (response) => response.socket.destroy());
  const { decision, log } = await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE });
  assert.equal(decision, "allow");
  assert.match(log.join("\n"), /^post-login: login let through: TypeError [A-Z_]+$/);
});

for (const name of ["SYNC_USER_URL", "WEBHOOK_SECRET"]) {
  for (const value of [undefined, null, "", " \n", 7]) {
    test(`the secret ${name} as ${JSON.stringify(value)} is named as missing, and nothing is sent`, async (t) => {
      const { url, requests } = await startApi(t, reply(200, "{}"));
      const secrets = { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE, [name]: value };
      assert.deepEqual(await loginWith(secrets), letThrough(`the secret ${name} is missing`));
      assert.equal(requests.length, 0);
    });
  }
}

const PRIVATE = "Tm90IGZvciBhbnkgbG9nOiBhIHByaXZhdGUga2V5ISE";
const MALFORMED = [
  ["no prefix", `${PRIVATE}=`],
  ["another prefix", `whpri_${PRIVATE}=`],
  ["nothing after the prefix", "whsec_"],
  ["a character that is not base64", `whsec_${PRIVATE}!`],
  ["no padding", `whsec_${PRIVATE}`],
  ["base64 of URLs", `whsec_${Buffer.alloc(32, 0xfb).toString("base64url")}=`],
  ["a key too short to be one", `whsec_${Buffer.alloc(23).toString("base64")}`],
];

for (const [what, secret] of MALFORMED) {
  test(`a webhook secret with ${what} signs nothing and is not logged`, async (t) => {
    const { url, requests } = await startApi(t, reply(200, "{}"));
    const outcome = await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: secret, CLAIMS_NAMESPACE });
    assert.deepEqual(outcome, letThrough("the secret WEBHOOK_SECRET is malformed"));
    assert.equal(requests.length, 0);
  });
}

for (const url of ["not a url with hunter2", "https://ann:hunter2@127.0.0.1:1/", "ftp://hunter2.example/"]) {
  test(`the URL ${url} lets the login through and is not logged`, async () => {
    const { decision, log } = await loginWith({ SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE });
    assert.equal(decision, "allow");
    assert.match(log.join("\n"), /^post-login: login let through: TypeError( [A-Z_]+)?$/);
  });
}

const BROKEN = "the user_id holds what cannot be stored; map another attribute to it in the connection";
for (const [user_id, why] of [
  ...[undefined, null, "", 7].map((none) => [none, "the event has no user_id"]),
  ...["auth0|\ud800", "auth0|a\0", "samlp|corp|a\nb", "samlp|corp|a\x7fb"].map((id) => [id, BROKEN]),
]) {
  test(`a user_id of ${JSON.stringify(user_id)} is not repaired: nothing is sent`, async (t) => {
    const { url, requests } = await startApi(t, reply(200, "{}"));
    const secrets = { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE };
    assert.deepEqual(await loginWith(secrets, { ...ANN, user_id }), letThrough(why));
    assert.equal(requests.length, 0);
  });
}

for (const event of [undefined, null, {}, { secrets: null, user: null, transaction: null }]) {
  test(`the event ${JSON.stringify(event)} does not throw, and the log names what is missing`, async () => {
    const { decision, log } = await runLogin(event);
    assert.equal(decision, "allow");
    assert.match(log.join("\n"), /CLAIMS_NAMESPACE is missing\n.*SYNC_USER_URL is missing/);
  });
}

test("a thrown nothing does not escape either", async (t) => {
  t.mock.method(globalThis, "fetch", () => Promise.reject(undefined));
  const secrets = { SYNC_USER_URL: "http://127.0.0.1:1/", WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE };
  assert.deepEqual(await loginWith(secrets), letThrough("undefined"));
});

test("no line of the log shows a secret, a signature, an address or a name", async (t) => {
  const { url, requests, stop } = await startApi(t, reply(500, JSON.stringify({ detail: SECRET })));
  const secrets = { SYNC_USER_URL: url, WEBHOOK_SECRET: SECRET, CLAIMS_NAMESPACE };
  const lines = [...(await loginWith(secrets)).log];
  await stop();
  lines.push(...(await loginWith(secrets)).log);
  assert.equal(lines.length, 2);
  const signature = requests[0].headers["webhook-signature"].slice(3);
  for (const secret of [SECRET, SECRET.slice(6), signature, url, new URL(url).host, ANN.email, ANN.user_id, ANN.name]) {
    assert.ok(!lines.join("\n").includes(secret), secret);
  }
});
