// The two neighbours of the Action, made up: Auth0 in front of it and our API behind it. Never deployed.
"use strict";

const http = require("node:http");
const { onExecutePostLogin } = require("./post-login.js");

const SECRET = `whsec_${Buffer.from("a signing key for the tests only").toString("base64")}`;

function fakeEvent({ user, secrets, protocol = "oidc-basic-profile", prompt }) {
  return { user, secrets, transaction: { protocol }, request: { query: prompt === undefined ? {} : { prompt } } };
}

// Runs the real Action as Auth0 would and says what came of the login.
async function runLogin(event, api = {}) {
  const claims = {};
  const denials = [];
  const log = [];
  const realLog = console.log;
  console.log = (...parts) => log.push(parts.join(" "));
  try {
    await onExecutePostLogin(event, {
      accessToken: { setCustomClaim: (name, value) => (claims[name] = value) },
      access: { deny: (reason) => denials.push(reason) },
      ...api,
    });
  } finally {
    console.log = realLog;
  }
  const verdict = denials.length > 0 ? { decision: "deny", reason: denials[0] } : { decision: "allow" };
  return { ...verdict, claims, log };
}

// An API on a free port that records what it gets, byte by byte, and answers as it is told.
async function startApi(t, answer) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url: path, headers } = request;
    requests.push({ method, path, headers, bytes: Buffer.concat(chunks) });
    answer(response, request);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => stop(server));
  return { url: `http://127.0.0.1:${server.address().port}/api/auth/sync-user`, requests, stop: () => stop(server) };
}

async function stop(server) {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function reply(status, body, contentType = "application/json") {
  return (response) => response.writeHead(status, { "content-type": contentType }).end(body);
}

function problem(status, fields) {
  return reply(status, JSON.stringify({ status, ...fields }), "application/problem+json");
}

module.exports = { SECRET, fakeEvent, runLogin, startApi, reply, problem };
