/** How the console is served and calls the API: from another origin, under its policy, and small. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { ANN, API_URL, CONSOLE_URL } from "./back-office.mjs";
import { section, story } from "./harness.mjs";

const LARGEST = 250 * 1024;

story("the API has another origin: the browser asks whether it may, and reads what it must", async (stage) => {
  assert.notEqual(new URL(API_URL).origin, new URL(CONSOLE_URL).origin);
  const page = await stage.open();
  const network = await page.context().newCDPSession(page);
  const preflights = [];
  network.on("Network.requestWillBeSent", ({ initiator, request }) => initiator.type === "preflight" && preflights.push(request));
  await network.send("Network.enable");
  await page.getByRole("button", { name: "Sign in" }).click();
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === `${API_URL}/api/auth/me` && response.request().method() === "GET"),
    page.getByRole("button", { name: "Ann Example" }).click(),
  ]);
  assert.equal(answer.status(), 200);
  await page.getByRole("heading", { name: "Hello, Ann Example" }).waitFor();
  assert.ok(preflights.some(({ method, url }) => method === "OPTIONS" && url === `${API_URL}/api/auth/me`), "no preflight");
  const headers = await answer.allHeaders();
  assert.equal(headers["access-control-allow-origin"], CONSOLE_URL);
  const exposed = headers["access-control-expose-headers"].toLowerCase().split(/, */);
  // What the client and its hooks read.
  for (const header of ["etag", "retry-after", "x-request-id"]) assert.ok(exposed.includes(header), `${header} is not exposed`);
});

story("the console runs under its policy, and nothing else does", async (stage) => {
  const template = await readFile(new URL("../csp.txt", import.meta.url), "utf8");
  const { auth0 } = await (await fetch(`${CONSOLE_URL}/config.json`)).json();
  const policy = template.trim().replaceAll("{api}", API_URL).replaceAll("{issuer}", auth0.domain);
  const served = await fetch(CONSOLE_URL);
  assert.equal(served.headers.get("content-security-policy"), policy);
  stage.expect(/console: .*inline script.*Content Security Policy/);
  const page = await stage.signIn(ANN);
  await section(page, "Where you work").waitFor();
  const ran = await page.evaluate(async () => {
    const refused = new Promise((resolve) => addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)));
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    return [await refused, window.injected];
  });
  assert.deepEqual(ran, ["script-src-elem", undefined]);
});

test("all scripts and styles together are small", async () => {
  const folder = process.env.CONSOLE_FILES;
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|css)$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => [gzipSync(await readFile(join(folder, name))).length, name]));
  const total = sizes.reduce((sum, [size]) => sum + size, 0);
  assert.ok(names.length > 1 && total < LARGEST, `${total} bytes:\n${sizes.sort((a, b) => b[0] - a[0]).join("\n")}`);
});
